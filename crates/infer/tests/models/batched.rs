//! Models with an open batch axis.

use luchs_model::onnx::{
    AttributeProto, DimensionValue, FLOAT, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
};

use super::{integer, yolox_cells, yolox_corner};

const INT64: i32 = 7;

/// As [`super::yolox_seeing_colors`] for any number of frames.
pub fn yolox_seeing_colors() -> ModelProto {
    let columns = 8;
    let cells = yolox_cells(64);
    let mut mask = vec![0.0; cells as usize];
    mask[cells as usize - 4] = 1.0;
    let mut scores = vec![0.0; 3 * columns];
    for class in 0..3 {
        scores[class * columns + 5 + class] = 1.0 / 255.0;
    }
    let mut mean = NodeProto::new("ReduceMean", &["images"], &["mean"]);
    mean.attribute.push(AttributeProto {
        name: "axes".into(),
        ints: vec![2, 3],
        r#type: 7,
        ..AttributeProto::default()
    });
    mean.attribute.push(integer("keepdims", 0));
    ModelProto::new(GraphProto {
        name: "colors".into(),
        node: vec![
            mean,
            NodeProto::new("MatMul", &["mean", "scale"], &["row"]),
            NodeProto::new("Unsqueeze", &["row", "axis"], &["rows"]),
            NodeProto::new("Mul", &["rows", "mask"], &["seen"]),
            NodeProto::new("Add", &["seen", "base"], &["output"]),
        ],
        initializer: vec![
            TensorProto::floats("scale", &[3, columns as i64], &scores),
            TensorProto {
                dims: vec![1],
                data_type: INT64,
                name: "axis".into(),
                raw_data: 1_i64.to_le_bytes().to_vec().into(),
                ..TensorProto::default()
            },
            TensorProto::floats("mask", &[1, cells, 1], &mask),
            TensorProto::floats("base", &[1, cells, columns as i64], &yolox_corner(64, columns, &[])),
        ],
        input: vec![open_batch("images", &[-1, 3, 64, 64])],
        output: vec![open_batch("output", &[-1, cells, columns as i64])],
        ..GraphProto::default()
    })
}

/// A tensor whose open dimensions are called “batch”.
fn open_batch(name: &str, shape: &[i64]) -> ValueInfoProto {
    let mut info = ValueInfoProto::tensor(name, FLOAT, shape);
    let tensor = info.r#type.as_mut().and_then(|r#type| r#type.tensor_type.as_mut());
    let dimensions = tensor.and_then(|tensor| tensor.shape.as_mut());
    for dimension in dimensions.into_iter().flat_map(|shape| &mut shape.dim) {
        if dimension.value.is_none() {
            dimension.value = Some(DimensionValue::Param("batch".into()));
        }
    }
    info
}
