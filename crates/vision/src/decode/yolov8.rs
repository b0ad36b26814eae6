//! YOLOv8, YOLO11, YOLO12 (github.com/ultralytics/ultralytics) and YOLOv9 (Wang et al. 2024, arXiv:2402.13616): no anchors,
//! no objectness, decoded inside.
//!
//! One tensor [1, 4 + classes, boxes]: rows of centres, widths and heights in pixels of the input, then of class scores
//! (sigmoid done). Declared as such, the transposed tensor [1, boxes, 4 + classes] is read too.

use luchs_scene::Size;

use super::{
    candidates::{Candidates, check_probability},
    grid::is_yolo_head,
    head::Head,
    outputs::{check_classes, exact, other_outputs, side},
    values::{corners_of, greatest_of_columns},
};
use crate::{
    DecodeError, Family, InputSpec, Recognized, Tensor, TensorInfo,
    picture::{GREY_BARS, Look, Picture},
};

const BOX: usize = 4;

#[derive(Debug)]
pub(super) struct Yolov8 {
    output: String,
    boxes: usize,
    classes: usize,
    /// Whether a box is a row, not a column.
    transposed: bool,
}

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    let [TensorInfo { shape, .. }] = outputs else {
        return None;
    };
    let [_, rows, boxes] = shape[..] else { return None };
    let classes = side(rows)?.checked_sub(BOX).filter(|classes| *classes > 0)?;
    is_yolo_head(size, 1, boxes).then(|| Recognized {
        family: Family::Yolov8,
        input: picture.input(size, &Look::unit(GREY_BARS)),
        classes: Some(classes),
    })
}

impl Yolov8 {
    pub(super) fn new(input: &InputSpec, classes: Option<usize>, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let found = outputs.iter().find_map(|output| {
            let [_, one, other] = output.shape[..] else { return None };
            let (one, other) = (side(one)?, side(other)?);
            let is_boxes = |boxes: usize| is_yolo_head(input.size, 1, boxes as i64);
            let (columns, boxes, transposed) = match (is_boxes(one), is_boxes(other)) {
                (_, true) => (one, other, false),
                (true, false) => (other, one, true),
                (false, false) => return None,
            };
            let classes = columns.checked_sub(BOX).filter(|classes| *classes > 0)?;
            Some((output, boxes, classes, transposed))
        });
        let Some((output, boxes, seen, transposed)) = found else {
            let expected = "one output [1, 4 + classes, boxes] with a box for each cell of strides 8, 16 and 32";
            return Err(other_outputs(Family::Yolov8, expected, outputs));
        };
        check_classes(&output.name, classes, seen)?;
        Ok(Self {
            output: output.name.clone(),
            boxes,
            classes: seen,
            transposed,
        })
    }
}

impl Head for Yolov8 {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.output]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let (n, rows) = (self.boxes, BOX + self.classes);
        if self.transposed {
            let tensor = exact(outputs, &self.output, &[1, n, rows])?;
            for row in tensor.data.chunks_exact(rows) {
                let Some((label, score)) = found.best(&row[BOX..]) else {
                    continue;
                };
                check_probability(&tensor, score)?;
                if found.wants(label, score) {
                    found.add(corners_of(row[0], row[1], row[2], row[3]), label, score);
                }
            }
            return Ok(());
        }
        let tensor = exact(outputs, &self.output, &[1, rows, n])?;
        let (boxes, scores) = tensor.data.split_at(n * BOX);
        greatest_of_columns(scores, n, found.threshold(), |column, label, score| {
            check_probability(&tensor, score)?;
            if found.wants(label, score) {
                let side = |row: usize| boxes[row * n + column];
                found.add(corners_of(side(0), side(1), side(2), side(3)), label, score);
            }
            Ok(())
        })
    }
}
