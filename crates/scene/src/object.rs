//! What a detector finds, and what travels with a frame.

use std::sync::Arc;

use crate::Rect;

/// One box of a detector, in pixels of the frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Where. May reach past the frame's edges by the model's own inaccuracy.
    pub rect: Rect,
    /// Class index, from 0, in the order of the model's labels.
    pub label_id: u32,
    /// 0 to 1.
    pub confidence: f32,
}

/// One object of a frame, as it travels from element to element.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Where, in pixels of the frame.
    pub rect: Rect,
    /// Class index.
    pub label_id: u32,
    /// Class name.
    pub label: Arc<str>,
    /// 0 to 1; not a number where nobody has said.
    pub confidence: f32,
    /// The track it belongs to, once a tracker has seen it. Unique per camera and boot.
    pub track_id: Option<u64>,
}

impl Object {
    /// The box without its name and track.
    pub fn detection(&self) -> Detection {
        Detection {
            rect: self.rect,
            label_id: self.label_id,
            confidence: self.confidence,
        }
    }
}
