//! YOLOv5 (github.com/ultralytics/yolov5, `export.py`) and YOLOv7 (Wang et al. 2022, arXiv:2207.02696, `export.py
//! --grid`): three anchors a cell, decoded inside.
//!
//! One tensor [1, boxes, 5 + classes]: centre, width and height in pixels of the input, objectness and class scores
//! (sigmoid done); the score is their product. YOLOv6 and YOLOX exported with `--decode_in_inference` write the same with
//! one box a cell; only a passport can tell them from YOLOX's raw head.

use luchs_scene::Size;

use super::{
    candidates::{Candidates, check_probability},
    grid::is_yolo_head,
    head::Head,
    outputs::{check_classes, find, other_outputs, side},
    values::{corners_of, greatest},
};
use crate::{
    DecodeError, Family, Recognized, Tensor, TensorInfo,
    picture::{GREY_BARS, Look, Picture},
};

const BOX: usize = 5;
const ANCHORS: usize = 3;

#[derive(Debug)]
pub(super) struct Yolov5 {
    output: String,
    columns: usize,
}

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    let (_, rows, columns) = table(outputs)?;
    is_yolo_head(size, ANCHORS, rows).then(|| Recognized {
        family: Family::Yolov5,
        input: picture.input(size, &Look::unit(GREY_BARS)),
        classes: Some(columns - BOX),
    })
}

/// The tensor with the boxes, its rows and columns. Exports of YOLOv5 and v7 may have the raw feature maps beside it.
fn table(outputs: &[TensorInfo]) -> Option<(&str, i64, usize)> {
    outputs.iter().find_map(|output| match output.shape[..] {
        [_, rows, columns] => side(columns)
            .filter(|columns| *columns > BOX)
            .map(|columns| (output.name.as_str(), rows, columns)),
        _ => None,
    })
}

impl Yolov5 {
    pub(super) fn new(classes: Option<usize>, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let Some((output, _, columns)) = table(outputs) else {
            return Err(other_outputs(
                Family::Yolov5,
                "one output [1, boxes, 5 + classes]",
                outputs,
            ));
        };
        check_classes(output, classes, columns - BOX)?;
        Ok(Self {
            output: output.to_owned(),
            columns,
        })
    }
}

impl Head for Yolov5 {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.output]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let columns = self.columns;
        let tensor = find(
            outputs,
            &self.output,
            format_args!("[1, boxes, {columns}]"),
            |shape| matches!(shape, [1, _, n] if *n == columns),
        )?;
        for row in tensor.data.chunks_exact(columns) {
            if found.hopeless(row[4]) {
                continue;
            }
            let (label, class) = greatest(&row[BOX..]);
            // Each factor, as the product of one too large and one too small may look right.
            check_probability(&tensor, row[4])?;
            check_probability(&tensor, class)?;
            if found.wants(label, row[4] * class) && row[4] >= 0.0 {
                found.add(corners_of(row[0], row[1], row[2], row[3]), label, row[4] * class);
            }
        }
        Ok(())
    }
}
