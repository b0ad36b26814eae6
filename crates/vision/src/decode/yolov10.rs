//! YOLOv10 (Wang et al. 2024, arXiv:2405.14458), YOLO26 and Ultralytics' exports with `nms=True`: nothing is left to
//! suppress.
//!
//! One tensor [1, n, 6], best first, usually n = 300: left, top, right, bottom in pixels of the input, score, class. Rows
//! that are not used have the score 0.

use luchs_scene::Size;

use super::{
    candidates::{Candidates, MAX_CLASSES, check_probability, class_of},
    head::Head,
    outputs::{find, other_outputs},
};
use crate::{
    DecodeError, Family, Recognized, Tensor, TensorInfo,
    picture::{GREY_BARS, Look, Picture},
};

const COLUMNS: usize = 6;

/// Nobody exports more detections of a frame.
const MOST: i64 = 1000;

#[derive(Debug)]
pub(super) struct Yolov10 {
    output: String,
    classes: usize,
}

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    let [TensorInfo { shape, .. }] = outputs else {
        return None;
    };
    matches!(shape[..], [_, 1..=MOST, 6]).then(|| Recognized {
        family: Family::Yolov10,
        input: picture.input(size, &Look::unit(GREY_BARS)),
        classes: None,
    })
}

impl Yolov10 {
    pub(super) fn new(classes: Option<usize>, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let fits = |output: &&TensorInfo| matches!(output.shape[..], [_, _, 6]);
        let Some(output) = outputs.iter().find(fits) else {
            return Err(other_outputs(Family::Yolov10, "one output [1, n, 6]", outputs));
        };
        Ok(Self {
            output: output.name.clone(),
            classes: classes.unwrap_or(MAX_CLASSES),
        })
    }
}

impl Head for Yolov10 {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.output]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let tensor = find(outputs, &self.output, format_args!("[1, n, {COLUMNS}]"), |shape| {
            matches!(shape, [1, _, 6])
        })?;
        for row in tensor.data.chunks_exact(COLUMNS) {
            let score = row[4];
            check_probability(&tensor, score)?;
            let label = class_of(row[5], self.classes);
            let wanted = found.wants(label.unwrap_or(usize::MAX), score) && score > 0.0;
            if let (true, Some(label)) = (wanted, label) {
                found.add([row[0], row[1], row[2], row[3]], label, score);
            }
        }
        Ok(())
    }
}
