//! What is known of one camera's frames.

use std::time::{Duration, Instant};

use crate::camera::Load;

/// A camera's figures mean something once it has run for so long: the first frames come in bursts, and rates are averages.
const SETTLE: Duration = Duration::from_secs(5);
/// A rate that is so much less for [`PATIENCE`] looks is believed.
const LESS: f64 = 0.8;
const PATIENCE: u32 = 3;
/// A rate that is so much more is believed at once.
const MORE: f64 = 1.05;

/// One camera, over time.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    /// Frames per second that it sends; 0 as long as that is not known. Where work piles up frames are lost before they
    /// are counted, so it falls slower than what is counted.
    pub(super) offered: f64,
    /// Looks that were due and did not happen, per second.
    pub(super) missed: f64,
    /// Looks per second.
    pub(super) looked: f64,
    running: Option<Instant>,
    lower: u32,
    frames: u64,
    skipped: u64,
}

impl Meter {
    pub(super) fn new(load: &Load) -> Self {
        Self {
            offered: 0.0,
            missed: 0.0,
            looked: 0.0,
            running: None,
            lower: 0,
            frames: load.frames,
            skipped: load.skipped,
        }
    }

    /// Takes what was counted within the last `passed`. True if the rate that is believed has changed.
    pub(super) fn take(&mut self, now: Instant, passed: Duration, load: &Load) -> bool {
        // A pipeline that begins anew may begin to count anew.
        let skipped = load.skipped.saturating_sub(self.skipped);
        let again = load.frames < self.frames || load.skipped < self.skipped;
        (self.frames, self.skipped) = (load.frames, load.skipped);
        if !load.running || again {
            self.running = None;
        } else {
            self.running.get_or_insert(now);
        }
        if !self.counts(now) {
            (self.missed, self.looked, self.lower) = (0.0, 0.0, 0);
            return false;
        }
        // Where one frame of many is due and comes too late, the next one is tried, and counts as well.
        self.missed = skipped as f64 / passed.as_secs_f64() / f64::from(load.interval.max(1));
        self.looked = sound(load.analysed_fps);
        self.believe(sound(load.fps))
    }

    /// Whether its figures mean something.
    pub(super) fn counts(&self, now: Instant) -> bool {
        self.running.is_some_and(|since| now.duration_since(since) >= SETTLE)
    }

    fn believe(&mut self, fps: f64) -> bool {
        let less = fps < self.offered * LESS;
        self.lower = if less { self.lower + 1 } else { 0 };
        let changed = fps > self.offered * MORE || self.lower >= PATIENCE;
        if changed {
            (self.offered, self.lower) = (fps, 0);
        }
        changed
    }
}

fn sound(rate: f64) -> f64 {
    if rate.is_finite() { rate.max(0.0) } else { 0.0 }
}
