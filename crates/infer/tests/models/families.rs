//! A model of each further family with one object: class 1 of 3 with 0.75, unless said otherwise, in the upper left quarter
//! of the input.

use luchs_model::onnx::{FLOAT, ModelProto, StringEntry, ValueInfoProto};

use super::{Known, constant, with_output_type};

/// `TensorProto.DataType`.
const INT64: i32 = 7;
const SCENE: &[i64] = &[1, 3, 64, 64];

/// Zeros, or whatever else, with `some` values at their places.
fn filled(length: i64, fill: f32, some: &[(usize, f32)]) -> Vec<f32> {
    let mut values = vec![fill; length as usize];
    for &(index, value) in some {
        values[index] = value;
    }
    values
}

fn table(name: &str, shape: &[i64], fill: f32, some: &[(usize, f32)]) -> (String, Vec<i64>, Vec<f32>) {
    let length = shape.iter().product();
    (name.to_owned(), shape.to_vec(), filled(length, fill, some))
}

fn model(input: &[i64], tables: &[(String, Vec<i64>, Vec<f32>)]) -> ModelProto {
    let known: Vec<Known<'_>> = tables
        .iter()
        .map(|(name, shape, values)| (name.as_str(), shape.clone(), values.clone()))
        .collect();
    constant(FLOAT, input, &known)
}

/// Three boxes in each of 84 cells.
pub fn yolov5() -> ModelProto {
    let row = [(0, 16.0), (1, 16.0), (2, 32.0), (3, 32.0), (4, 1.0), (6, 0.75)];
    model(SCENE, &[table("output0", &[1, 252, 8], 0.0, &row)])
}

/// A box in each of 84 cells.
pub fn yolov8() -> ModelProto {
    let column = [(0, 16.0), (84, 16.0), (168, 32.0), (252, 32.0), (5 * 84, 0.75)];
    model(SCENE, &[table("output0", &[1, 7, 84], 0.0, &column)])
}

/// The same with the notes that Ultralytics' exporter writes.
pub fn yolov8_with_notes(notes: &[(&str, &str)]) -> ModelProto {
    let mut model = yolov8();
    model.metadata_props = notes
        .iter()
        .map(|&(key, value)| StringEntry {
            key: key.to_owned(),
            value: value.to_owned(),
        })
        .collect();
    model
}

pub fn yolov10() -> ModelProto {
    let row = [(2, 32.0), (3, 32.0), (4, 0.75), (5, 1.0)];
    model(SCENE, &[table("output0", &[1, 300, 6], 0.0, &row)])
}

/// The only cell of stride 64, whose point is the corner: right and bottom are half a stride away.
pub fn nanodet_plus() -> ModelProto {
    let first = 84 * 35;
    let mut row = vec![(first + 1, 0.75)];
    for (side, bins) in [&[0][..], &[0], &[0, 1], &[0, 1]].into_iter().enumerate() {
        row.extend(bins.iter().map(|bin| (first + 3 + side * 8 + bin, 50.0)));
    }
    model(SCENE, &[table("output", &[1, 85, 35], 0.0, &row)])
}

/// The only cell of stride 128, first octave, square: 512 × 512 around the middle, brought to 64 × 64 in the corner.
pub fn efficientdet() -> ModelProto {
    let row = 3069 - 9;
    let offsets = [-32.0 / 512.0, -32.0 / 512.0, (64f32 / 512.0).ln(), (64f32 / 512.0).ln()];
    let offsets: Vec<_> = (row * 4..).zip(offsets).collect();
    let boxes = table("regression", &[1, 3069, 4], 0.0, &offsets);
    let scores = table("classification", &[1, 3069, 3], 0.0, &[(row * 3 + 1, 0.75)]);
    model(&[1, 128, 128, 3], &[boxes, scores])
}

pub fn centernet() -> ModelProto {
    // Column 4, row 4 of 16 × 16.
    let cell = 4 * 16 + 4;
    let heat = table("hm", &[1, 3, 16, 16], 0.0, &[(256 + cell, 0.75)]);
    let sizes = table("wh", &[1, 2, 16, 16], 0.0, &[(cell, 8.0), (256 + cell, 8.0)]);
    let offsets = table("reg", &[1, 2, 16, 16], 0.0, &[]);
    model(SCENE, &[heat, sizes, offsets])
}

/// Logits of 0.5 for class 1.
pub fn rtdetr() -> ModelProto {
    let logits = table("logits", &[1, 300, 3], -9.0, &[(1, 0.0)]);
    let boxes = table(
        "pred_boxes",
        &[1, 300, 4],
        0.0,
        &[(0, 0.25), (1, 0.25), (2, 0.5), (3, 0.5)],
    );
    model(SCENE, &[logits, boxes])
}

/// With the post-processing inside: boxes are parts of what the second input `orig_target_sizes` says.
pub fn rtdetr_with_target_size() -> ModelProto {
    use luchs_model::onnx::NodeProto;
    let labels = table("labels", &[1, 300], 0.0, &[(0, 1.0)]);
    let boxes = table("parts", &[1, 300, 4], 0.0, &[(2, 0.5), (3, 0.5)]);
    let scores = table("scores", &[1, 300], 0.0, &[(0, 0.75)]);
    let mut model = with_output_type(model(SCENE, &[labels, boxes, scores]), "labels", INT64);
    let graph = model.graph.as_mut().expect("models of this file have a graph");
    // Before the picture, so that nobody can rely on the order.
    let sizes = ValueInfoProto::tensor("orig_target_sizes", INT64, &[-1, 2]);
    graph.input.insert(0, sizes);
    let mut cast = NodeProto::new("Cast", &["orig_target_sizes"], &["sizes"]);
    cast.attribute.push(super::integer("to", FLOAT.into()));
    let mut twice = NodeProto::new("Concat", &["sizes", "sizes"], &["scale"]);
    twice.attribute.push(super::integer("axis", 1));
    graph
        .node
        .extend([cast, twice, NodeProto::new("Mul", &["parts", "scale"], &["boxes"])]);
    for output in graph.output.iter_mut().filter(|output| output.name == "parts") {
        *output = ValueInfoProto::tensor("boxes", FLOAT, &[-1, 300, 4]);
    }
    model
}

/// Logits of 0.5 for the second of three columns.
pub fn rfdetr() -> ModelProto {
    let boxes = table("dets", &[1, 300, 4], 0.0, &[(0, 0.25), (1, 0.25), (2, 0.5), (3, 0.5)]);
    let logits = table("labels", &[1, 300, 3], -9.0, &[(1, 0.0)]);
    model(SCENE, &[boxes, logits])
}

/// Class 0 of 1.
pub fn centerface() -> ModelProto {
    // Column 3, row 3 of 16 × 16, half a cell further.
    let cell = 3 * 16 + 3;
    let heat = table("537", &[1, 1, 16, 16], 0.0, &[(cell, 0.75)]);
    let sizes = table(
        "538",
        &[1, 2, 16, 16],
        0.0,
        &[(cell, 8f32.ln()), (256 + cell, 8f32.ln())],
    );
    let offsets = table("539", &[1, 2, 16, 16], 0.0, &[(cell, 0.5), (256 + cell, 0.5)]);
    let landmarks = table("540", &[1, 10, 16, 16], 0.0, &[]);
    model(SCENE, &[heat, sizes, offsets, landmarks])
}

/// Class 0 of 1 with 0.5.
pub fn blazeface() -> ModelProto {
    // The first anchor of 8 × 8 cells, whose centre is (8, 8) of 128.
    let row = 512;
    let offsets: Vec<_> = (row * 16..).zip([24.0, 24.0, 64.0, 64.0]).collect();
    let boxes = table("regressors", &[1, 896, 16], 0.0, &offsets);
    let logits = table("classificators", &[1, 896, 1], -9.0, &[(row, 0.0)]);
    model(&[1, 128, 128, 3], &[boxes, logits])
}

/// Class 1 of 3 with 0.75.
pub fn classifier() -> ModelProto {
    model(SCENE, &[table("probabilities", &[1, 3], 0.125, &[(1, 0.75)])])
}
