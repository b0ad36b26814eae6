//! The operator in sessions of the real runtime (`ORT_DYLIB_PATH`), tensor for tensor.

use luchs_model::onnx::{OperatorSetId, TensorProto, UINT8};
use ort::{
    session::builder::GraphOptimizationLevel,
    value::{Tensor, ValueType},
};

use super::*;
use crate::runtime;

fn table() -> [u8; 256] {
    std::array::from_fn(|i| (i as u8).wrapping_mul(167).rotate_left(3) ^ 0x5a)
}

fn constant(name: &str, data_type: i32, bytes: Vec<u8>, count: usize) -> TensorProto {
    TensorProto {
        dims: vec![count as i64],
        data_type,
        name: name.to_owned(),
        raw_data: bytes.into(),
        ..TensorProto::default()
    }
}

fn node(inputs: &[&str], outputs: &[&str]) -> NodeProto {
    NodeProto {
        domain: Operator::DOMAIN.to_owned(),
        ..NodeProto::new("Table8", inputs, outputs)
    }
}

fn model(graph: GraphProto, version: i64) -> ModelProto {
    let mut model = ModelProto::new(graph);
    model.opset_import.push(OperatorSetId {
        domain: Operator::DOMAIN.to_owned(),
        version,
    });
    model
}

/// `length` tables one behind the other; the outputs are the first's and the last's results.
fn chain(length: usize, shape: &[i64]) -> ModelProto {
    let name = |index: usize| format!("v{index}");
    let node = |index: usize| node(&[&name(index), "table"], &[&name(index + 1)]);
    let value = |index| ValueInfoProto::tensor(&name(index), UINT8, shape);
    let graph = GraphProto {
        name: "chain".to_owned(),
        node: (0..length).map(node).collect(),
        initializer: vec![constant("table", UINT8, table().to_vec(), 256)],
        input: vec![value(0)],
        output: vec![value(1), value(length)],
        ..GraphProto::default()
    };
    model(graph, 1)
}

fn session(model: &ModelProto) -> Result<Session, String> {
    let environment = runtime::environment().unwrap();
    let builder = Session::builder(&environment)
        .unwrap()
        .with_optimization_level(GraphOptimizationLevel::All)
        .unwrap();
    let mut builder = register(builder, &[Operator::Table8])?;
    let session = builder.commit_from_memory(&model.encode_to_vec());
    session.map_err(|error| reason(&error))
}

fn noise(count: usize) -> Vec<u8> {
    let bytes = (0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 21) as u8);
    bytes.collect()
}

fn looked_up(bytes: &[u8], times: usize) -> Vec<u8> {
    let table = table();
    let again = |&byte: &u8| (0..times).fold(byte, |byte, _| table[usize::from(byte)]);
    bytes.iter().map(again).collect()
}

#[test]
fn tensors_of_all_shapes_are_looked_up_and_keep_their_shape() {
    let shapes: [&[i64]; 6] = [
        &[1],
        &[3, 5, 7],
        &[1, 208, 208, 16],
        &[2, 3, 1, 1, 1, 1, 1, 1, 2],
        &[4, 0, 2],
        &[],
    ];
    for shape in shapes {
        let bytes = noise(shape.iter().product::<i64>() as usize);
        let mut session = session(&chain(2, shape)).unwrap();
        let input = Tensor::from_array((shape.to_vec(), bytes.clone())).unwrap();
        let outputs = session.run(ort::inputs![&input]).unwrap();
        for (index, times) in [(0, 1), (1, 2)] {
            let (sides, found) = outputs[index].try_extract_tensor::<u8>().unwrap();
            assert_eq!((&sides[..], found), (shape, &looked_up(&bytes, times)[..]), "{shape:?}");
        }
        // What is fed, and what is an output, is nobody's to write to.
        assert_eq!(input.try_extract_tensor::<u8>().unwrap().1, bytes);
    }
}

#[test]
fn a_chain_of_tables_may_work_in_one_place() {
    let (length, bytes) = (9, noise(5000));
    let mut session = session(&chain(length, &[5000])).unwrap();
    let input = Tensor::from_array(([5000], bytes.clone())).unwrap();
    for _ in 0..3 {
        let outputs = session.run(ort::inputs![&input]).unwrap();
        assert_eq!(outputs[0].try_extract_tensor::<u8>().unwrap().1, looked_up(&bytes, 1));
        assert_eq!(
            outputs[1].try_extract_tensor::<u8>().unwrap().1,
            looked_up(&bytes, length)
        );
    }
}

#[test]
fn the_shape_of_the_result_is_known_before_it_runs() {
    let mut model = chain(2, &[1, 6, 4, 3]);
    let graph = model.graph.as_mut().unwrap();
    // The file says that it is a tensor, the operator which one.
    for output in &mut graph.output {
        *output = ValueInfoProto::tensor(&output.name, UINT8, &[-1, -1, -1, -1]);
    }
    let session = session(&model).unwrap();
    for output in session.outputs() {
        let ValueType::Tensor { shape, .. } = output.dtype() else {
            panic!("{output:?} is no tensor");
        };
        assert_eq!(&shape[..], &[1, 6, 4, 3]);
    }
}

#[test]
fn what_is_no_table_is_refused_with_the_reason() {
    let with = |inputs: &[&str], table: TensorProto, first: i32| {
        let graph = GraphProto {
            name: "wrong".to_owned(),
            node: vec![node(inputs, &["y"])],
            initializer: vec![table],
            input: vec![
                ValueInfoProto::tensor("x", first, &[8]),
                ValueInfoProto::tensor("fed", UINT8, &[256]),
            ],
            output: vec![ValueInfoProto::tensor("y", UINT8, &[8])],
            ..GraphProto::default()
        };
        model(graph, 1)
    };
    let bytes = |count| constant("table", UINT8, vec![7; count], count);
    let floats = constant("table", FLOAT, vec![0; 1024], 256);
    let no_table = "the second input of luchs.Table8 has to be a constant of 256 bytes (u8)";
    let cases = [
        ("short", with(&["x", "table"], bytes(255), UINT8), no_table),
        ("long", with(&["x", "table"], bytes(257), UINT8), no_table),
        ("empty", with(&["x", "table"], bytes(0), UINT8), no_table),
        ("fed", with(&["x", "fed"], bytes(256), UINT8), no_table),
        ("floats as table", with(&["x", "table"], floats, UINT8), "tensor(float)"),
        (
            "floats to look up",
            with(&["x", "table"], bytes(256), FLOAT),
            "tensor(float)",
        ),
        ("no table", with(&["x"], bytes(256), UINT8), "input size 1"),
        (
            "two tables",
            with(&["x", "table", "table"], bytes(256), UINT8),
            "input size 3",
        ),
        (
            "a later set",
            {
                let mut later = chain(1, &[8]);
                later.opset_import[1].version = 2000;
                later
            },
            "luchs",
        ),
    ];
    for (name, model, expected) in cases {
        let said = session(&model).err().unwrap_or_else(|| panic!("{name} was taken"));
        assert!(said.contains(expected), "{name}: {said}");
    }
}
