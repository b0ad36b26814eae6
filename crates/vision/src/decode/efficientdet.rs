//! EfficientDet and EfficientDet-Lite (Tan et al. 2020, arXiv:1911.09070; github.com/google/automl), cut before their
//! non-maximum suppression, as PyTorch ports, MediaPipe and tf2onnx leave them.
//!
//! Boxes [1, anchors, 4]: centre (y, x) and logarithm of the size (h, w) relative to anchors; class scores
//! [1, anchors, classes], logits or with the sigmoid done. Anchors: levels 3 to 7, per cell three octaves times the
//! shapes 1, 2 and ½. Models that end in TensorFlow Lite's post-processing are [`Family::SsdNms`].

use luchs_scene::Size;

use super::{
    candidates::{Candidates, check_probability},
    grid::{cells, each_cell, grid},
    head::Head,
    outputs::{check_classes, exact, is_called, other_outputs, side},
    values::{are_logits, corners_of, greatest, sigmoid},
};
use crate::{
    Align, ColorOrder, DecodeError, Family, Fit, InputSpec, Layout, Recognized, Tensor, TensorInfo,
    picture::{Look, Picture},
};

const STRIDES: [u32; 5] = [8, 16, 32, 64, 128];
const SHAPES: [f32; 3] = [1.0, 2.0, 0.5];
const OCTAVES: usize = 3;
const PER_CELL: usize = OCTAVES * SHAPES.len();

#[derive(Debug)]
pub(super) struct Efficientdet {
    boxes: String,
    scores: String,
    size: Size,
    classes: usize,
}

fn anchors(size: Size) -> usize {
    cells(size, &STRIDES).saturating_mul(PER_CELL)
}

/// Sides of an anchor in strides: 3 for Lite0, Lite1 and Lite2, which alone have these sizes, 4 for all others.
fn anchor_scale(size: Size) -> f32 {
    if [320, 384, 448].contains(&size.width) && size.width == size.height {
        3.0
    } else {
        4.0
    }
}

/// Names of boxes and scores, and the number of classes. Ports in PyTorch give feature maps and anchors besides.
fn pair(size: Size, outputs: &[TensorInfo]) -> Option<(&str, &str, usize)> {
    let rows = anchors(size);
    let tables = |wanted: &'static [&'static str], other: &'static [&'static str]| {
        outputs.iter().filter(move |output| {
            let [_, n, columns] = output.shape[..] else {
                return false;
            };
            let known = outputs.len() == 2 || is_called(output, wanted);
            side(n) == Some(rows) && side(columns).is_some() && known && !is_called(output, other)
        })
    };
    let (is_box, is_score): (&[&str], &[&str]) = (&["box", "regress"], &["class", "cls", "score", "logit"]);
    let columns = |output: &&TensorInfo| output.shape.last() == Some(&4);
    let boxes = tables(is_box, is_score).find(columns)?;
    let scores = tables(is_score, is_box).find(|output| output.name != boxes.name)?;
    // Two tables of four columns are told apart by their names alone.
    if columns(&scores) && !is_called(boxes, is_box) && !is_called(scores, is_score) {
        return None;
    }
    Some((&boxes.name, &scores.name, side(*scores.shape.last()?)?))
}

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    let (_, _, classes) = pair(size, outputs)?;
    // Grey that is 0 after mean and std.
    let fit = |pad| Fit::Letterbox {
        align: Align::TopLeft,
        pad,
    };
    let look = match picture.layout {
        Layout::Nchw => Look::imagenet(fit(116)),
        Layout::Nhwc => Look {
            order: ColorOrder::Rgb,
            fit: fit(127),
            mean: [127.0; 3],
            std: [128.0; 3],
        },
    };
    Some(Recognized {
        family: Family::Efficientdet,
        input: picture.input(size, &look),
        classes: Some(classes),
    })
}

impl Efficientdet {
    pub(super) fn new(input: &InputSpec, classes: Option<usize>, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let Some((boxes, scores, seen)) = pair(input.size, outputs) else {
            let n = anchors(input.size);
            let expected = format!("one output [1, {n}, 4] and one [1, {n}, classes]");
            return Err(other_outputs(Family::Efficientdet, expected, outputs));
        };
        check_classes(scores, classes, seen)?;
        Ok(Self {
            boxes: boxes.to_owned(),
            scores: scores.to_owned(),
            size: input.size,
            classes: seen,
        })
    }
}

impl Head for Efficientdet {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.boxes, &self.scores]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let n = anchors(self.size);
        let boxes = exact(outputs, &self.boxes, &[1, n, 4])?;
        let scores = exact(outputs, &self.scores, &[1, n, self.classes])?;
        let logits = are_logits(scores.data);
        let mut rows = boxes.data.chunks_exact(4).zip(scores.data.chunks_exact(self.classes));
        let scale = anchor_scale(self.size);
        for stride in STRIDES {
            let (width, height) = grid(self.size, stride);
            // Of an input that is no multiple of 128, the last maps have cells of another size.
            let (step_x, step_y) = (
                self.size.width as f32 / width as f32,
                self.size.height as f32 / height as f32,
            );
            for (x, y) in each_cell((width, height)) {
                for ((octave, shape), (offsets, row)) in shapes().zip(&mut rows) {
                    let (label, mut score) = greatest(row);
                    if logits {
                        score = sigmoid(score);
                    }
                    check_probability(&scores, score)?;
                    if !found.wants(label, score) {
                        continue;
                    }
                    let [ty, tx, th, tw] = *offsets else { continue };
                    let side = scale * (octave as f32 / OCTAVES as f32).exp2();
                    let (w, h) = (side * step_x * shape.sqrt(), side * step_y / shape.sqrt());
                    let (cx, cy) = ((x + 0.5) * step_x + tx * w, (y + 0.5) * step_y + ty * h);
                    found.add(corners_of(cx, cy, w * tw.exp(), h * th.exp()), label, score);
                }
            }
        }
        Ok(())
    }
}

/// The anchors of a cell: octave, and width through height.
fn shapes() -> impl Iterator<Item = (usize, f32)> {
    (0..OCTAVES).flat_map(|octave| SHAPES.into_iter().map(move |shape| (octave, shape)))
}
