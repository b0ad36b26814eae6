//! What a family's decoder finds, before non-maximum suppression.

use luchs_scene::{Detection, Rect};

use super::values::{greatest, highest};
use crate::{DecodeError, Family, Params, Placement, Tensor};

/// A quantized sigmoid may reach a little more than 1.
const TOP_SCORE: f32 = 1.01;

/// A box further away than so many input sizes is a numerical accident.
const REACH: f32 = 8.0;

/// Class indices above this are accidents.
pub(super) const MAX_CLASSES: usize = 1 << 16;

/// So many impossible boxes on one frame, and not one that is possible, are no accident.
const IMPOSSIBLE: usize = 4;

/// Collects plausible detections in pixels of the frame.
pub(super) struct Candidates<'a> {
    list: &'a mut Vec<Detection>,
    placement: &'a Placement,
    params: &'a Params,
    seen: Rect,
    reach: f32,
    scores: usize,
    numbers: usize,
    possible: usize,
    impossible: usize,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(list: &'a mut Vec<Detection>, placement: &'a Placement, params: &'a Params) -> Self {
        list.clear();
        let input = placement.input();
        let reach = REACH * input.width.max(input.height) as f32;
        Self {
            list,
            placement,
            params,
            seen: placement.seen(),
            reach,
            scores: 0,
            numbers: 0,
            possible: 0,
            impossible: 0,
        }
    }

    /// Whether a detection of class `label` with this score is wanted.
    pub(super) fn wants(&mut self, label: usize, score: f32) -> bool {
        self.scores += 1;
        self.numbers += usize::from(!score.is_nan());
        let allowed = self
            .params
            .classes
            .as_ref()
            .is_none_or(|classes| classes.get(label) == Some(&true));
        allowed && score.is_finite() && score >= self.params.threshold && score >= 0.0
    }

    /// Index and value of the greatest of an object's class scores, if it reaches the threshold or is no number that could.
    /// Nearly all cells of a feature map stop here.
    pub(super) fn best(&mut self, scores: &[f32]) -> Option<(usize, f32)> {
        let top = highest(scores);
        if top > f32::NEG_INFINITY && top < self.params.threshold {
            self.scores += 1;
            self.numbers += 1;
            return None;
        }
        Some(greatest(scores))
    }

    /// The lowest score that is wanted.
    pub(super) fn threshold(&self) -> f32 {
        self.params.threshold
    }

    /// Whether an object that is there with this probability cannot reach the threshold, whatever its class.
    pub(super) fn hopeless(&mut self, objectness: f32) -> bool {
        let hopeless = objectness * TOP_SCORE < self.params.threshold;
        if hopeless {
            self.scores += 1;
            self.numbers += 1;
        }
        hopeless
    }

    /// Adds a detection; `corners` (left, top, right, bottom) in pixels of the model's input. Boxes that are no boxes,
    /// lie absurdly far away or wholly outside what the model has seen of the frame are dropped: those in the bars of a
    /// region's letterbox would else be objects beside the region. What reaches past the edge stays as it is: a tracker
    /// wants the whole box of somebody who walks out.
    pub(super) fn add(&mut self, corners: [f32; 4], label: usize, score: f32) {
        let [left, top, right, bottom] = corners;
        let rect = self.placement.to_frame(Rect::from_corners(left, top, right, bottom));
        if !corners.iter().all(|v| v.abs() <= self.reach) || !rect.is_proper() {
            self.impossible += 1;
            return;
        }
        self.possible += 1;
        if rect.intersection(&self.seen) > 0.0 {
            self.list.push(Detection {
                rect,
                label_id: label as u32,
                confidence: score.min(1.0),
            });
        }
    }

    /// What a person must be told rather than seeing no objects for ever.
    pub(super) fn verdict(&self, family: Family) -> Result<(), DecodeError> {
        if self.scores > 0 && self.numbers == 0 {
            return Err(DecodeError::NoNumbers { family });
        }
        if self.possible == 0 && self.impossible >= IMPOSSIBLE {
            return Err(DecodeError::Boxes {
                family,
                count: self.impossible,
            });
        }
        Ok(())
    }
}

/// Refuses a score that is no probability: the model gives something else than its family. Infinite and NaN scores pass,
/// they are accidents of one frame.
pub(super) fn check_probability(tensor: &Tensor<'_>, value: f32) -> Result<(), DecodeError> {
    if value > TOP_SCORE && value.is_finite() {
        return Err(DecodeError::Score {
            name: tensor.name.to_owned(),
            shape: tensor.shape.to_vec(),
            value,
        });
    }
    Ok(())
}

/// The class that a model wrote as a number, if it is one of `classes`.
pub(super) fn class_of(number: f32, classes: usize) -> Option<usize> {
    let class = number.round();
    // Also refuses NaN.
    (0.0..classes as f32).contains(&class).then_some(class as usize)
}
