//! What the element has done since it was opened.

use std::time::{Duration, Instant};

use luchs_infer::Timing;

/// Counters, and where the time went.
#[derive(Clone, Debug, Default)]
pub(super) struct Stats {
    /// Where the model runs.
    pub(super) device: Option<String>,
    frames: u64,
    inferences: u64,
    objects: u64,
    pre: Duration,
    infer: Duration,
    post: Duration,
    posted: Option<Instant>,
}

impl Stats {
    /// Nothing done yet, on `device`.
    pub(super) fn new(device: String) -> Self {
        Self {
            device: Some(device),
            ..Self::default()
        }
    }

    /// A frame passed without being looked at.
    pub(super) fn skipped(&mut self) {
        self.frames += 1;
    }

    /// A frame was looked at.
    pub(super) fn inferred(&mut self, timing: Timing, objects: usize) {
        self.frames += 1;
        self.inferences += 1;
        self.objects += objects as u64;
        self.pre += timing.pre;
        self.infer += timing.infer;
        self.post += timing.post;
    }

    /// Whether a message with these figures is due.
    pub(super) fn is_due(&mut self, interval: Duration) -> bool {
        let now = Instant::now();
        let due = !interval.is_zero() && self.posted.is_none_or(|before| now - before >= interval);
        if due {
            self.posted = Some(now);
        }
        due
    }

    pub(super) fn structure(&self) -> gst::Structure {
        let average = |sum: Duration| sum.as_secs_f64() * 1e3 / self.inferences.max(1) as f64;
        gst::Structure::builder("luchs-stats")
            .field("element", "luchsdetect")
            .field("frames", self.frames)
            .field("inferences", self.inferences)
            .field("objects", self.objects)
            .field("average-pre-ms", average(self.pre))
            .field("average-infer-ms", average(self.infer))
            .field("average-post-ms", average(self.post))
            .build()
    }
}
