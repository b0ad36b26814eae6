//! What a family's decoder finds, before non-maximum suppression.

use luchs_scene::{Detection, Rect};

use crate::{DecodeError, Params, Placement, Tensor};

/// A quantized sigmoid may reach a little more than 1.
const TOP_SCORE: f32 = 1.01;

/// A box further away than so many input sizes is a numerical accident.
const REACH: f32 = 8.0;

/// Collects plausible detections in pixels of the frame.
pub(super) struct Candidates<'a> {
    list: &'a mut Vec<Detection>,
    placement: &'a Placement,
    params: &'a Params,
    reach: f32,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(list: &'a mut Vec<Detection>, placement: &'a Placement, params: &'a Params) -> Self {
        list.clear();
        let input = placement.input();
        Self {
            list,
            placement,
            params,
            reach: REACH * input.width.max(input.height) as f32,
        }
    }

    /// Whether a detection with this class and score is wanted. A score that is no number is not; one that is no
    /// probability means that the model gives something else than its family, which is an error.
    pub(super) fn wants(&self, tensor: &Tensor<'_>, label: usize, score: f32) -> Result<bool, DecodeError> {
        if score > TOP_SCORE && score.is_finite() {
            return Err(DecodeError::Score {
                name: tensor.name.to_owned(),
                shape: tensor.shape.to_vec(),
                value: score,
            });
        }
        let allowed = self
            .params
            .classes
            .as_ref()
            .is_none_or(|classes| classes.get(label) == Some(&true));
        Ok(allowed && score.is_finite() && score >= self.params.threshold && score >= 0.0)
    }

    /// Adds a detection; `corners` (left, top, right, bottom) in pixels of the model's input. Boxes that are no boxes,
    /// lie absurdly far away or wholly outside the frame are dropped.
    pub(super) fn add(&mut self, [left, top, right, bottom]: [f32; 4], label: usize, score: f32) {
        if ![left, top, right, bottom].iter().all(|v| v.abs() <= self.reach) {
            return;
        }
        let rect = self.placement.to_frame(Rect::from_corners(left, top, right, bottom));
        if rect.is_proper() && rect.clipped(self.placement.frame()).is_proper() {
            self.list.push(Detection {
                rect,
                label_id: label as u32,
                confidence: score.min(1.0),
            });
        }
    }
}
