//! Models of bytes: with the operator `luchs.Table8`, and with the camera's own bytes as input. And the passport that the first
//! of them need.

use std::{fs, path::Path};

use luchs_model::{
    Digest,
    onnx::{
        AttributeProto, FLOAT, GraphProto, ModelProto, NodeProto, OperatorSetId, TensorProto, UINT8, ValueInfoProto,
    },
};

use super::{bytes, integer};

/// `model`, whose input `images` is pixels of 0 to 255 as floats, with every value of it replaced by its entry in `table`.
pub fn with_table(mut model: ModelProto, table: &[u8]) -> ModelProto {
    model.opset_import.push(OperatorSetId {
        domain: "luchs".into(),
        version: 1,
    });
    let graph = model.graph.as_mut().expect("models of these tests have a graph");
    graph.initializer.push(TensorProto {
        dims: vec![table.len() as i64],
        data_type: UINT8,
        name: "table".into(),
        raw_data: table.to_vec().into(),
        ..TensorProto::default()
    });
    let look_up = NodeProto {
        domain: "luchs".into(),
        ..NodeProto::new("Table8", &["images_bytes", "table"], &["found_bytes"])
    };
    let nodes = vec![
        cast("images", "images_bytes", UINT8),
        look_up,
        cast("found_bytes", "found", FLOAT),
    ];
    before_all(graph, nodes, "found");
    model
}

/// `model`, whose input `images` is [1, 3, h, w] as floats, for the camera's own bytes: [1, h, w, 3].
pub fn of_bytes(mut model: ModelProto) -> ModelProto {
    let graph = model.graph.as_mut().expect("models of these tests have a graph");
    let (_, sides) = graph.input[0].element_and_shape().expect("inputs are tensors");
    graph.input[0] = ValueInfoProto::tensor("images", UINT8, &[sides[0], sides[2], sides[3], sides[1]]);
    let mut turn = NodeProto::new("Transpose", &["camera"], &["turned"]);
    turn.attribute.push(AttributeProto {
        name: "perm".into(),
        ints: vec![0, 3, 1, 2],
        r#type: 7,
        ..AttributeProto::default()
    });
    let nodes = vec![cast("images", "camera", FLOAT), turn];
    before_all(graph, nodes, "turned");
    model
}

/// `model`, which wants pixels of 0 to 255, for pixels of which `mean` was subtracted and which were divided by `std`.
pub fn normalised(mut model: ModelProto, mean: [f32; 3], std: [f32; 3]) -> ModelProto {
    let graph = model.graph.as_mut().expect("models of these tests have a graph");
    graph
        .initializer
        .push(TensorProto::floats("mean_of_pixels", &[1, 3, 1, 1], &mean));
    graph
        .initializer
        .push(TensorProto::floats("std_of_pixels", &[1, 3, 1, 1], &std));
    let nodes = vec![
        NodeProto::new("Mul", &["images", "std_of_pixels"], &["scaled"]),
        NodeProto::new("Add", &["scaled", "mean_of_pixels"], &["restored"]),
    ];
    before_all(graph, nodes, "restored");
    model
}

/// Puts `nodes` behind the input; what read it reads `result`.
fn before_all(graph: &mut GraphProto, nodes: Vec<NodeProto>, result: &str) {
    for name in graph.node.iter_mut().flat_map(|node| &mut node.input) {
        if name == "images" {
            *name = result.into();
        }
    }
    graph.node.splice(0..0, nodes);
}

fn cast(from: &str, to: &str, data_type: i32) -> NodeProto {
    let mut cast = NodeProto::new("Cast", &[from], &[to]);
    cast.attribute.push(integer("to", data_type.into()));
    cast
}

/// Writes `model`, a YOLOX with three classes, with a passport into `folder`. `operators` is the line of that name, if there
/// shall be one; `input` is the section of that name.
pub fn save(folder: &Path, model: &ModelProto, operators: &str, input: &str) {
    let onnx = bytes(model);
    let labels = b"blue\ngreen\nred\n";
    let passport = format!(
        "[model]\nname = \"seen\"\nversion = \"1\"\nfile = \"m.onnx\"\nlabels = \"l.txt\"\nfamily = \"yolox\"\n{operators}\n\
         licence = \"MIT\"\nsource = \"a test\"\n[input]\n{input}\n[files]\n\"m.onnx\" = \"{}\"\n\"l.txt\" = \"{}\"\n",
        Digest::of(&onnx),
        Digest::of(labels)
    );
    for (name, content) in [
        ("m.onnx", &onnx[..]),
        ("l.txt", labels),
        ("model.toml", passport.as_bytes()),
    ] {
        fs::write(folder.join(name), content).expect("a folder of a test can be written to");
    }
}

/// What a passport says of a model that needs the operator.
pub const NEEDS_TABLE: &str = "operators = [\"luchs.Table8\"]";

/// The input of the models of these tests, of floats.
pub const FLOATS: &str = "layout = \"nchw\"\ntype = \"f32\"\ncolor = \"bgr\"\nfit = \"letterbox-top-left\"";

/// The same of bytes.
pub const BYTES: &str = "layout = \"nhwc\"\ntype = \"u8\"\ncolor = \"bgr\"\nfit = \"letterbox-top-left\"";
