//! Detection transformers (Carion et al. 2020, arXiv:2005.12872) with a sigmoid over the classes: boxes [1, queries, 4],
//! centre, width and height as parts of the input, and logits [1, queries, classes]. Nothing is left to suppress.

use std::ops::Range;

use luchs_scene::Size;

use super::{
    candidates::Candidates,
    head::Head,
    outputs::{find, is_called, side},
    values::{corners_of, greatest, sigmoid},
};
use crate::{DecodeError, Tensor, TensorInfo};

/// More queries than any published model has; a detector with anchors has more.
const MOST: i64 = 1000;

/// Boxes and logits of the queries.
#[derive(Debug)]
pub(super) struct Queries {
    pub(super) boxes: String,
    pub(super) logits: String,
    pub(super) size: Size,
    /// Columns of the logits.
    pub(super) columns: usize,
    /// Those of them that are classes.
    pub(super) classes: Range<usize>,
}

/// Boxes and logits among `outputs`, and the columns of the logits.
pub(super) fn pair(outputs: &[TensorInfo]) -> Option<(&TensorInfo, &TensorInfo, usize)> {
    let queries = |output: &TensorInfo| match output.shape[..] {
        [_, queries @ 1..=MOST, columns] => side(columns).map(|columns| (queries, columns)),
        _ => None,
    };
    let is_box = |output: &&TensorInfo| {
        matches!(queries(output), Some((_, 4))) && !is_called(output, &["logit", "label", "score", "class"])
    };
    let mut boxes = outputs.iter().filter(is_box);
    // Two tables of four columns are told apart by their names alone.
    let (Some(boxes), None) = (boxes.next(), boxes.next()) else {
        return None;
    };
    let (count, _) = queries(boxes)?;
    let mut others = outputs.iter().filter(|output| output.name != boxes.name);
    let logits = others.find(|output| queries(output).is_some_and(|(n, _)| n == count))?;
    Some((boxes, logits, queries(logits)?.1))
}

/// Corners, in pixels of an input of `size`, of a box in parts of it.
pub(super) fn scaled(row: &[f32], size: Size) -> Option<[f32; 4]> {
    let [cx, cy, w, h] = *row else { return None };
    let (width, height) = (size.width as f32, size.height as f32);
    Some(corners_of(cx * width, cy * height, w * width, h * height))
}

impl Head for Queries {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.boxes, &self.logits]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let boxes = find(outputs, &self.boxes, format_args!("[1, queries, 4]"), |shape| {
            matches!(shape, [1, _, 4])
        })?;
        let wanted = [1, boxes.shape[1], self.columns];
        let logits = find(outputs, &self.logits, format_args!("{wanted:?}"), |shape| {
            shape == wanted
        })?;
        for (row, logits) in boxes.data.chunks_exact(4).zip(logits.data.chunks_exact(self.columns)) {
            let (label, logit) = greatest(&logits[self.classes.clone()]);
            let score = sigmoid(logit);
            if found.wants(label, score)
                && let Some(corners) = scaled(row, self.size)
            {
                found.add(corners, label, score);
            }
        }
        Ok(())
    }
}
