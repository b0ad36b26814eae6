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
    /// Not seen on the frame that a detector looked at before this one.
    was_lost: bool,
    seen: bool,
}

impl Track {
    pub(super) fn new(detection: &Detection) -> Self {
        Self {
            id: None,
            filter: Filter::new(&detection.rect),
            label_id: detection.label_id,
            hits: 1,
            unseen: Duration::ZERO,
            was_lost: false,
            seen: true,
        }
    }

    pub(super) fn predict(&mut self, elapsed: Duration) {
        self.was_lost = !self.seen;
        self.seen = false;
        if self.was_lost {
            self.filter.freeze_size();
        }
        self.filter.predict(elapsed.div_duration_f64(NOMINAL_FRAME));
        self.unseen = self.unseen.saturating_add(elapsed);
    }

    pub(super) fn see(&mut self, detection: &Detection) {
        self.filter.correct(&detection.rect);
        self.label_id = detection.label_id;
        self.hits = self.hits.saturating_add(1);
        self.unseen = Duration::ZERO;
        self.seen = true;
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

    pub(super) fn was_lost(&self) -> bool {
        self.was_lost
    }

    pub(super) fn is_seen(&self) -> bool {
        self.seen
    }
}
