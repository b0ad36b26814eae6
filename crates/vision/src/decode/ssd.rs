//! SSD (Liu et al. 2016, arXiv:1512.02325) as TensorFlow's object detection API writes it, cut before its own
//! non-maximum suppression.
//!
//! Boxes [1, anchors, 1, 4] or [1, anchors, 4]: top, left, bottom, right as parts of the input. Scores
//! [1, anchors, classes] (sigmoid done), or with one more column in front for the background.

use luchs_scene::Size;

use super::{
    candidates::{Candidates, check_probability},
    head::Head,
    outputs::{exact, find, other_outputs, shape},
};
use crate::{
    DecodeError, Family, Fit, InputSpec, Layout, Recognized, Tensor, TensorInfo,
    picture::{Look, Picture},
};

/// Columns that published models have with a background in front: VOC, COCO, COCO with the 10 unused categories.
const WITH_BACKGROUND: [usize; 3] = [21, 81, 91];

#[derive(Debug)]
pub(super) struct Ssd {
    boxes: String,
    scores: String,
    size: Size,
    columns: usize,
    /// Columns before the first class: 0 or 1.
    background: usize,
}

/// The outputs of an SSD, sorted out.
#[derive(Debug)]
struct Pair<'a> {
    boxes: &'a str,
    scores: &'a str,
    /// Columns of the scores.
    columns: usize,
}

/// How many of `columns` are background, when nobody says how many classes there are.
pub(super) fn background(columns: usize) -> usize {
    usize::from(WITH_BACKGROUND.contains(&columns))
}

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    // Pictures with channels first come from PyTorch, whose SSDs order and scale boxes differently.
    let pair = pair(outputs).filter(|_| picture.layout == Layout::Nhwc)?;
    Some(Recognized {
        family: Family::Ssd,
        input: picture.input(size, &Look::signed(Fit::Stretch)),
        classes: Some(pair.columns - background(pair.columns)),
    })
}

fn anchors_of_boxes(info: &TensorInfo) -> Option<i64> {
    match info.shape[..] {
        [_, anchors, 4] | [_, anchors, 1, 4] if anchors != 0 => Some(anchors),
        _ => None,
    }
}

/// Sorts `outputs` out. Shapes tell boxes from scores, except for models of four classes, where the name must.
fn pair(outputs: &[TensorInfo]) -> Option<Pair<'_>> {
    let fits = |boxes: &'_ TensorInfo, scores: &'_ TensorInfo| match scores.shape[..] {
        [_, anchors, columns] => {
            columns > 0
                && anchors_of_boxes(boxes) == Some(anchors)
                && (boxes.shape.len() == 4 || columns != 4 || boxes.name.to_ascii_lowercase().contains("box"))
        }
        _ => false,
    };
    let [one, other] = outputs else { return None };
    let (boxes, scores) = match (fits(one, other), fits(other, one)) {
        (true, false) => (one, other),
        (false, true) => (other, one),
        _ => return None,
    };
    let columns = usize::try_from(*scores.shape.last()?).ok()?;
    Some(Pair {
        boxes: &boxes.name,
        scores: &scores.name,
        columns,
    })
}

impl Ssd {
    pub(super) fn new(input: &InputSpec, classes: Option<usize>, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let Some(Pair { boxes, scores, columns }) = pair(outputs) else {
            let expected = "one output [1, anchors, 1, 4] or [1, anchors, 4] and one [1, anchors, classes]".to_owned();
            return Err(other_outputs(Family::Ssd, expected, outputs));
        };
        let background = match classes {
            None => background(columns),
            Some(classes) if classes == columns => 0,
            Some(classes) if columns.checked_sub(1) == Some(classes) => 1,
            Some(expected) => {
                return Err(DecodeError::Classes {
                    name: scores.to_owned(),
                    expected,
                    got: columns,
                });
            }
        };
        Ok(Self {
            boxes: boxes.to_owned(),
            scores: scores.to_owned(),
            size: input.size,
            columns,
            background,
        })
    }
}

impl Head for Ssd {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.boxes, &self.scores]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let boxes = find(
            outputs,
            &self.boxes,
            format_args!("[1, anchors, 1, 4] or [1, anchors, 4]"),
            |s| matches!(s, [1, _, 1, 4] | [1, _, 4]),
        )?;
        let (anchors, columns) = (boxes.shape[1], self.columns);
        let scores = exact(outputs, &self.scores, &[1, anchors, columns])?;
        if columns <= self.background {
            return Err(shape(&scores, "at least one class".to_owned()));
        }
        let (width, height) = (self.size.width as f32, self.size.height as f32);
        for (row, scores_row) in boxes.data.chunks_exact(4).zip(scores.data.chunks_exact(columns)) {
            let Some((label, score)) = found.best(&scores_row[self.background..]) else {
                continue;
            };
            check_probability(&scores, score)?;
            if found.wants(label, score) && !outscored(&scores_row[..self.background], score) {
                found.add(
                    [row[1] * width, row[0] * height, row[3] * width, row[2] * height],
                    label,
                    score,
                );
            }
        }
        Ok(())
    }
}

/// Whether the anchor is rather background than of the best class.
fn outscored(background: &[f32], score: f32) -> bool {
    background.iter().any(|background| *background > score)
}
