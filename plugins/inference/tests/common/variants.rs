//! Models that see colours (`models::yolox_seeing_colors`) and misbehave.

use luchs_model::onnx::{AttributeProto, ModelProto, NodeProto, TensorProto};

use super::models;

/// Its outputs are not numbers where all of a frame is white.
pub fn poisoned_by_white() -> ModelProto {
    with_extra(|graph| {
        graph.initializer.extend([
            TensorProto::floats("white", &[1], &[255.0]),
            TensorProto::floats("zero", &[1], &[0.0]),
        ]);
        vec![
            NodeProto::new("Sub", &["white", "mean"], &["distance"]),
            NodeProto::new("Div", &["zero", "distance"], &["extra"]),
        ]
    })
}

/// Multiplies two matrices of this side before it answers: 1024 takes 5 to 30 ms.
pub fn slow(side: usize) -> ModelProto {
    with_extra(|graph| {
        let ones = vec![1.0; side * side];
        graph.initializer.extend([
            TensorProto::floats("ones", &[side as i64, side as i64], &ones),
            TensorProto::floats("zero", &[1], &[0.0]),
        ]);
        vec![
            mean_of_all("mean", "gray"),
            NodeProto::new("Mul", &["ones", "gray"], &["factor"]),
            NodeProto::new("MatMul", &["factor", "ones"], &["product"]),
            mean_of_all("product", "effort"),
            NodeProto::new("Mul", &["effort", "zero"], &["extra"]),
        ]
    })
}

fn mean_of_all(from: &str, to: &str) -> NodeProto {
    let mut node = NodeProto::new("ReduceMean", &[from], &[to]);
    node.attribute.push(AttributeProto {
        name: "axes".into(),
        ints: vec![0, 1],
        r#type: 7,
        ..AttributeProto::default()
    });
    node
}

/// Adds the value “extra”, of the nodes that `make` gives, to the scores.
fn with_extra(make: impl FnOnce(&mut luchs_model::onnx::GraphProto) -> Vec<NodeProto>) -> ModelProto {
    let mut model = models::yolox_seeing_colors();
    let graph = model.graph.as_mut().unwrap();
    let nodes = make(graph);
    let scores = graph.node.iter().position(|node| node.output == ["scores"]).unwrap();
    graph.node[scores].output = vec!["plain".into()];
    let sum = NodeProto::new("Add", &["plain", "extra"], &["scores"]);
    graph.node.splice((scores + 1)..=scores, nodes.into_iter().chain([sum]));
    model
}
