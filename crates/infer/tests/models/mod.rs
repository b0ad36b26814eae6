//! Small valid models with known answers, written for a test and run by the real runtime.

#![allow(dead_code, reason = "each test file uses some of them")]
#![allow(missing_docs, unreachable_pub, reason = "a module of tests")]
#![allow(
    clippy::allow_attributes,
    reason = "whether something is unused differs from test file to test file"
)]

use luchs_model::onnx::{
    AttributeProto, FLOAT, GraphProto, ModelProto, NodeProto, OperatorSetId, TensorProto, UINT8, ValueInfoProto,
};
use prost::Message as _;

pub mod batched;

pub mod families;
pub mod hostile;
pub mod quantized;

/// Name, shape and values of an output.
pub type Known<'a> = (&'a str, Vec<i64>, Vec<f32>);

/// A model's file.
pub fn bytes(model: &ModelProto) -> Vec<u8> {
    model.encode_to_vec()
}

/// A model that takes `input` ([1, 3, h, w] or [1, h, w, 3]) and always gives `outputs`.
pub fn constant(element: i32, input: &[i64], outputs: &[Known<'_>]) -> ModelProto {
    let mut graph = GraphProto {
        name: "constant".into(),
        input: vec![ValueInfoProto::tensor("images", element, input)],
        initializer: vec![TensorProto::floats("nothing", &[], &[0.0])],
        ..GraphProto::default()
    };
    let mut cast = NodeProto::new("Cast", &["images"], &["pixels"]);
    cast.attribute.push(integer("to", FLOAT.into()));
    let mut mean = NodeProto::new("ReduceMean", &["pixels"], &["mean"]);
    mean.attribute.push(integer("keepdims", 0));
    graph.node = vec![cast, mean, NodeProto::new("Mul", &["mean", "nothing"], &["zero"])];
    for (name, shape, values) in outputs {
        let known = format!("{name}_known");
        graph.initializer.push(TensorProto::floats(&known, shape, values));
        graph.node.push(NodeProto::new("Add", &[&known, "zero"], &[name]));
        graph.output.push(ValueInfoProto::tensor(name, FLOAT, shape));
    }
    ModelProto::new(graph)
}

/// Cells of a YOLOX head for a square input of `side`: strides 8, 16 and 32.
fn yolox_cells(side: i64) -> i64 {
    [8, 16, 32].map(|stride| (side / stride) * (side / stride)).iter().sum()
}

/// The first cell of stride 32 says: a box of 32 × 32 in the top left corner.
fn yolox_corner(side: i64, columns: usize, scores: &[f32]) -> Vec<f32> {
    let cells = yolox_cells(side);
    let first = (cells - (side / 32) * (side / 32)) as usize;
    let mut values = vec![0.0; cells as usize * columns];
    values[first * columns..][..5 + scores.len()].copy_from_slice(&[&[0.5, 0.5, 0.0, 0.0, 1.0], scores].concat());
    values
}

/// YOLOX for 64 × 64 with three classes and one object: class 1 with 0.75, (0, 0) to (32, 32).
pub fn yolox() -> ModelProto {
    let values = yolox_corner(64, 8, &[0.1, 0.75, 0.2]);
    constant(
        FLOAT,
        &[1, 3, 64, 64],
        &[("output", vec![1, yolox_cells(64), 8], values)],
    )
}

/// The same box, but the scores of classes 0, 1 and 2 are the means of blue, green and red: it sees colours.
pub fn yolox_seeing_colors() -> ModelProto {
    let columns = 8;
    let cells = yolox_cells(64);
    let base = yolox_corner(64, columns, &[]);
    let mut mask = vec![0.0; cells as usize];
    mask[cells as usize - 4] = 1.0;
    let mut mean = NodeProto::new("ReduceMean", &["images"], &["mean"]);
    mean.attribute.push(AttributeProto {
        name: "axes".into(),
        ints: vec![2, 3],
        r#type: 7,
        ..AttributeProto::default()
    });
    mean.attribute.push(integer("keepdims", 0));
    let mut concat = NodeProto::new("Concat", &["box", "scores"], &["row"]);
    concat.attribute.push(integer("axis", 1));
    let node = vec![
        mean,
        NodeProto::new("Mul", &["mean", "scale"], &["scores"]),
        concat,
        NodeProto::new("Mul", &["row", "mask"], &["seen"]),
        NodeProto::new("Add", &["seen", "base"], &["output"]),
    ];
    ModelProto::new(GraphProto {
        name: "colors".into(),
        node,
        initializer: vec![
            TensorProto::floats("scale", &[], &[1.0 / 255.0]),
            TensorProto::floats("box", &[1, 5], &[0.0; 5]),
            TensorProto::floats("mask", &[1, cells, 1], &mask),
            TensorProto::floats("base", &[1, cells, columns as i64], &base),
        ],
        input: vec![ValueInfoProto::tensor("images", FLOAT, &[1, 3, 64, 64])],
        output: vec![ValueInfoProto::tensor("output", FLOAT, &[1, cells, columns as i64])],
        ..GraphProto::default()
    })
}

/// NanoDet for 64 × 64 with three classes and one object: class 2 with 0.5, (0, 0) to (32, 32), in the first cell of
/// stride 32, whose centre is (16, 16): each side is half a stride away, between bins 0 and 1.
pub fn nanodet() -> ModelProto {
    let mut outputs = Vec::new();
    for stride in [8, 16, 32] {
        let cells = (64 / stride) * (64 / stride);
        let (mut scores, mut boxes) = (vec![0.0; cells * 3], vec![0.0; cells * 32]);
        if stride == 32 {
            scores[2] = 0.5;
            for side in boxes[..32].chunks_exact_mut(8) {
                side.copy_from_slice(&[20.0, 20.0, -20.0, -20.0, -20.0, -20.0, -20.0, -20.0]);
            }
        }
        outputs.push((format!("scores_{stride}"), vec![1, cells as i64, 3], scores));
        outputs.push((format!("boxes_{stride}"), vec![1, cells as i64, 32], boxes));
    }
    let outputs: Vec<Known<'_>> = outputs
        .iter()
        .map(|(n, s, v)| (n.as_str(), s.clone(), v.clone()))
        .collect();
    constant(FLOAT, &[1, 3, 64, 64], &outputs)
}

/// SSD for 64 × 64 with three classes and one object: class 1 with 0.875, the left half of the picture.
pub fn ssd() -> ModelProto {
    let boxes = vec![0.0, 0.0, 1.0, 0.5, 0.0, 0.0, 0.1, 0.1];
    let scores = vec![0.0, 0.875, 0.0, 0.0, 0.0, 0.0];
    constant(
        FLOAT,
        &[1, 64, 64, 3],
        &[("boxes", vec![1, 2, 1, 4], boxes), ("scores", vec![1, 2, 3], scores)],
    )
}

/// SSD with suppression inside, for bytes of 64 × 64, and one object: class 0 (its label 1) with 0.625, the right half.
pub fn ssd_nms() -> ModelProto {
    constant(
        UINT8,
        &[1, 64, 64, 3],
        &[
            (
                "detection_boxes",
                vec![1, 2, 4],
                vec![0.0, 0.5, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0],
            ),
            ("detection_classes", vec![1, 2], vec![1.0, 1.0]),
            ("detection_scores", vec![1, 2], vec![0.625, 0.0]),
            ("num_detections", vec![1], vec![1.0]),
        ],
    )
}

/// YOLOX whose scores are not numbers.
pub fn yolox_broken() -> ModelProto {
    let values = yolox_corner(64, 8, &[f32::NAN, f32::NAN, f32::NAN]);
    constant(
        FLOAT,
        &[1, 3, 64, 64],
        &[("output", vec![1, yolox_cells(64), 8], values)],
    )
}

/// A [`constant`] model whose outputs have shapes that only a run tells, as converters from TensorFlow write them.
pub fn with_open_outputs(mut model: ModelProto) -> ModelProto {
    const INT64: i32 = 7;
    let graph = model.graph.as_mut().expect("models of this file have a graph");
    let mut cast = NodeProto::new("Cast", &["zero"], &["zero_whole"]);
    cast.attribute.push(integer("to", INT64.into()));
    graph.node.push(cast);
    for output in &mut graph.output {
        let name = output.name.clone();
        let (element, sides) = output.element_and_shape().expect("outputs are tensors");
        let [closed, sides_known, sides_then] = ["closed", "known_sides", "sides"].map(|what| format!("{name}_{what}"));
        for value in graph.node.iter_mut().flat_map(|node| &mut node.output) {
            if *value == name {
                value.clone_from(&closed);
            }
        }
        graph.initializer.push(TensorProto {
            dims: vec![sides.len() as i64],
            data_type: INT64,
            name: sides_known.clone(),
            raw_data: sides
                .iter()
                .flat_map(|side| side.to_le_bytes())
                .collect::<Vec<_>>()
                .into(),
            ..TensorProto::default()
        });
        graph
            .node
            .push(NodeProto::new("Add", &[&sides_known, "zero_whole"], &[&sides_then]));
        graph
            .node
            .push(NodeProto::new("Reshape", &[&closed, &sides_then], &[&name]));
        *output = ValueInfoProto::tensor(&name, element, &vec![-1; sides.len()]);
    }
    model
}

/// `model` with its output `name` turned into another type (`TensorProto.DataType`).
pub fn with_output_type(mut model: ModelProto, name: &str, data_type: i32) -> ModelProto {
    let graph = model.graph.as_mut().expect("models of this file have a graph");
    let inner = format!("{name}_float");
    for output in graph
        .node
        .iter_mut()
        .flat_map(|node| &mut node.output)
        .filter(|output| *output == name)
    {
        output.clone_from(&inner);
    }
    let mut cast = NodeProto::new("Cast", &[&inner], &[name]);
    cast.attribute.push(integer("to", data_type.into()));
    graph.node.push(cast);
    for output in graph.output.iter_mut().filter(|output| output.name == name) {
        let (_, shape) = output.element_and_shape().expect("outputs are tensors");
        *output = ValueInfoProto::tensor(name, data_type, &shape);
    }
    model
}

/// `model` with its first operator from somebody else's set.
pub fn with_custom_operator(mut model: ModelProto, domain: &str) -> ModelProto {
    model.opset_import.push(OperatorSetId {
        domain: domain.into(),
        version: 1,
    });
    let graph = model.graph.as_mut().expect("models of this file have a graph");
    graph.node[0].domain = domain.into();
    model
}

/// `model` with an operator in it that only the CPU knows: ai.onnx.ml's Binarizer, which makes 0 of 0.
pub fn with_cpu_operator(mut model: ModelProto) -> ModelProto {
    model.opset_import.push(OperatorSetId {
        domain: "ai.onnx.ml".into(),
        version: 1,
    });
    let graph = model.graph.as_mut().expect("models of this file have a graph");
    let zero = graph.node.iter_mut().find(|node| node.output == ["zero"]);
    zero.expect("constant models have it").output = vec!["product".into()];
    let mut binarizer = NodeProto::new("Binarizer", &["product"], &["zero"]);
    binarizer.domain = "ai.onnx.ml".into();
    graph.node.insert(3, binarizer);
    model
}

/// `model` with noise on its output `name`, which no two devices draw alike.
pub fn with_noise(mut model: ModelProto, name: &str) -> ModelProto {
    let graph = model.graph.as_mut().expect("models of this file have a graph");
    let output = graph.output.iter().find(|output| output.name == name);
    let (_, sides) = output.and_then(ValueInfoProto::element_and_shape).expect("a tensor");
    let node = graph.node.iter_mut().find(|node| node.output == [name]);
    node.expect("somebody makes it").output = vec!["silent".into()];
    let mut noise = NodeProto::new("RandomUniform", &[], &["noise"]);
    noise.attribute.push(AttributeProto {
        name: "shape".into(),
        ints: sides,
        r#type: 7,
        ..AttributeProto::default()
    });
    graph.node.push(noise);
    graph.node.push(NodeProto::new("Sum", &["silent", "noise"], &[name]));
    model
}

pub fn integer(name: &str, i: i64) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        i,
        r#type: 2,
        ..AttributeProto::default()
    }
}
