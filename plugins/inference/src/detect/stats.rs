//! What the element has done since it was opened.

use std::time::{Duration, Instant};

use luchs_infer::Timing;
use luchs_scene::{Histogram, Latencies};

/// Counters, and where the time went. Counting allocates nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Stats {
    /// Where the model runs.
    pub(super) device: Option<String>,
    /// Frames in the element.
    pub(super) in_flight: u64,
    frames: u64,
    inferences: u64,
    skipped: u64,
    gated: u64,
    failed: u64,
    objects: u64,
    pre: Duration,
    queue: Duration,
    infer: Latencies,
    post: Duration,
    latencies: Latencies,
    posted: Option<Instant>,
}

/// Why a frame was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// It is not its turn.
    Interval,
    /// A newer one waits.
    Late,
    /// Nothing moves.
    Still,
}

impl Stats {
    /// Nothing done yet, on `device`.
    pub(super) fn new(device: String) -> Self {
        Self {
            device: Some(device),
            ..Self::default()
        }
    }

    /// A frame goes on without having been looked at.
    pub(super) fn passed(&mut self, why: Pass) {
        self.frames += 1;
        match why {
            Pass::Interval => {}
            Pass::Late => self.skipped += 1,
            Pass::Still => self.gated += 1,
        }
    }

    /// A frame goes on that was looked at.
    pub(super) fn inferred(&mut self, timing: Timing, objects: usize, latency: Duration) {
        self.frames += 1;
        self.inferences += 1;
        self.objects += objects as u64;
        self.pre += timing.pre;
        self.queue += timing.queue;
        self.infer.add(timing.infer);
        self.post += timing.post;
        self.latencies.add(latency);
    }

    /// A frame goes on whose inference failed.
    pub(super) fn failed(&mut self) {
        self.frames += 1;
        self.failed += 1;
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
        let millis = |took: Duration| took.as_secs_f64() * 1e3;
        let average = |sum: Duration| millis(sum) / self.inferences.max(1) as f64;
        let (latency, infer) = (self.latencies.histogram(), self.infer.histogram());
        let bounds = latency.buckets.iter().map(|(bound, _)| *bound);
        gst::Structure::builder("luchs-stats")
            .field("element", "luchsdetect")
            .field("frames", self.frames)
            .field("inferences", self.inferences)
            .field("skipped", self.skipped)
            .field("gated", self.gated)
            .field("failed", self.failed)
            .field("in-flight", self.in_flight)
            .field("objects", self.objects)
            .field("average-pre-ms", average(self.pre))
            .field("average-queue-ms", average(self.queue))
            .field("average-infer-ms", millis(self.infer.average()))
            .field("average-post-ms", average(self.post))
            .field("average-latency-ms", millis(self.latencies.average()))
            .field("latency-p50-ms", millis(self.latencies.percentile(0.5)))
            .field("latency-p99-ms", millis(self.latencies.percentile(0.99)))
            .field("max-latency-ms", millis(self.latencies.max()))
            .field("bounds-s", gst::Array::new(bounds))
            .field("latency-sum-s", latency.sum_s)
            .field("latency-counts", counts(&latency))
            .field("infer-sum-s", infer.sum_s)
            .field("infer-counts", counts(&infer))
            .build()
    }
}

fn counts(histogram: &Histogram) -> gst::Array {
    gst::Array::new(histogram.buckets.iter().map(|(_, count)| *count))
}
