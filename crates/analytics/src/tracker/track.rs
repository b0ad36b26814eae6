//! One object under observation.

use std::time::Duration;

use luchs_scene::{Detection, Rect};

use super::{NOMINAL_FRAME, kalman::Filter};

#[derive(Clone, Debug)]
pub(super) struct Track {
    /// None until it is confirmed.
    pub(super) id: Option<u64>,
    filter: Filter,
    label_id: u32,
    hits: u32,
    unseen: Duration,
    /// Frames in a row that a detector looked at, this one included, without seeing it.
    missed: u32,
}

impl Track {
    pub(super) fn new(detection: &Detection) -> Self {
        Self {
            id: None,
            filter: Filter::new(&detection.rect),
            label_id: detection.label_id,
            hits: 1,
            unseen: Duration::ZERO,
            missed: 0,
        }
    }

    pub(super) fn predict(&mut self, elapsed: Duration) {
        if self.missed > 0 {
            self.filter.freeze_size();
        }
        self.filter.predict(elapsed.div_duration_f64(NOMINAL_FRAME));
        self.unseen = self.unseen.saturating_add(elapsed);
    }

    /// Nothing moves in the picture, so this does not either.
    pub(super) fn rest(&mut self) {
        self.filter.rest();
    }

    /// A detector looks at this frame; until [`Self::see`] it counts as missed.
    pub(super) fn look(&mut self) {
        self.missed = self.missed.saturating_add(1);
    }

    pub(super) fn see(&mut self, detection: &Detection) {
        self.filter.correct(&detection.rect);
        self.label_id = detection.label_id;
        self.hits = self.hits.saturating_add(1);
        self.unseen = Duration::ZERO;
        self.missed = 0;
    }

    pub(super) fn rect(&self) -> Rect {
        self.filter.rect()
    }

    pub(super) fn label_id(&self) -> u32 {
        self.label_id
    }

    pub(super) fn hits(&self) -> u32 {
        self.hits
    }

    pub(super) fn unseen(&self) -> Duration {
        self.unseen
    }

    /// Whether it was missed on an earlier frame, and not seen on this one yet.
    pub(super) fn was_lost(&self) -> bool {
        self.missed > 1
    }

    /// Whether it was seen on this frame.
    pub(super) fn is_seen(&self) -> bool {
        self.missed == 0
    }
}
