//! Whether a model is to look at a frame.

use std::time::Duration;

use luchs_scene::Rect;

use super::{
    settings::GateSettings,
    watch::{Motion, Observation, Watch},
};
use crate::Frame;

/// Why a model is to look at a frame, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The first frame, or one that cannot be compared with those before.
    Fresh,
    /// Something moves.
    Moving,
    /// Something has moved lately.
    Hold,
    /// The model has not looked for a while.
    Heartbeat,
    /// Nothing has moved: the model need not look.
    Still,
}

/// The answer for one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// Whether the model is to look.
    pub infer: bool,
    /// Why.
    pub reason: Reason,
    /// The share of the region that moved, 0 to 1.
    pub fraction: f32,
}

/// Decides for each frame of one stream whether a model is to look at it. Has no clock: time comes with the frames.
#[derive(Debug)]
pub struct Gate {
    settings: GateSettings,
    watch: Watch,
    /// When something moved last, and when the model looked last.
    last: Option<(Duration, Duration)>,
}

impl Gate {
    /// A gate that has seen nothing yet.
    pub fn new(settings: GateSettings) -> Self {
        Self {
            settings,
            watch: Watch::new(settings.watch),
            last: None,
        }
    }

    /// Forgets everything, as after a seek: the next frame is the first.
    pub fn reset(&mut self) {
        self.watch = Watch::new(self.settings.watch);
        self.last = None;
    }

    /// Decides about a frame; arguments as those of [`Watch::look`]. Every frame must be shown, also those that the model
    /// does not look at.
    pub fn decide(&mut self, frame: &Frame<'_>, at: Duration, region: Option<Rect>, known: &[Rect]) -> Decision {
        let Observation {
            motion,
            fraction,
            fresh,
        } = self.watch.look(frame, at, region, known);
        let reason = match (self.last, motion) {
            (None, _) => Reason::Fresh,
            _ if fresh => Reason::Fresh,
            (_, Motion::Moving) => Reason::Moving,
            (Some((moved, _)), _) if at.saturating_sub(moved) <= self.settings.hold => Reason::Hold,
            (Some((_, looked)), _) if at.saturating_sub(looked) >= self.settings.heartbeat => Reason::Heartbeat,
            _ => Reason::Still,
        };
        let (moved, looked) = self.last.unwrap_or((at, at));
        let infer = reason != Reason::Still;
        self.last = Some((
            if motion == Motion::Moving { at } else { moved },
            if infer { at } else { looked },
        ));
        Decision {
            infer,
            reason,
            fraction,
        }
    }
}
