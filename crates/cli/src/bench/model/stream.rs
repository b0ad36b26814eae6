//! One simulated camera: the code that `luchsdetect` runs, without GStreamer around it.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use luchs_infer::{DetectError, Detector, Timing};
use luchs_scene::Detection;
use luchs_vision::Params;

use super::frames::Frames;

/// The parts of a frame's way, in its order, as they are called in reports.
pub(super) const STAGES: [&str; 4] = ["pre", "queue", "infer", "post"];

fn stages(timing: Timing) -> [Duration; STAGES.len()] {
    [timing.pre, timing.queue, timing.infer, timing.post]
}

pub(super) struct Stream {
    detector: Detector,
    params: Params,
    found: Vec<Detection>,
    number: usize,
    /// When the frames that are under way began.
    under_way: VecDeque<Instant>,
    /// Time before and after the model, of all frames so far.
    pub(super) around: Duration,
    pub(super) samples: Samples,
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    pub(super) whole: Vec<Duration>,
    pub(super) stages: [Vec<Duration>; STAGES.len()],
    pub(super) objects: u64,
}

/// Why a frame failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum StreamError {
    #[error(transparent)]
    Frame(#[from] luchs_vision::FrameError),
    #[error(transparent)]
    Detect(#[from] DetectError),
}

impl Stream {
    pub(super) fn new(detector: Detector) -> Self {
        let thresholds = Arc::clone(detector.model()).thresholds;
        Self {
            params: Params {
                threshold: thresholds.confidence,
                iou_threshold: thresholds.iou,
                max_detections: 100,
                class_agnostic: false,
                classes: None,
            },
            found: Vec::new(),
            number: 0,
            under_way: VecDeque::new(),
            around: Duration::ZERO,
            samples: Samples::default(),
            detector,
        }
    }

    pub(super) fn detector(&self) -> &Detector {
        &self.detector
    }

    /// Puts the next frame under way, and waits for the oldest one if there is no room for another.
    pub(super) fn look(&mut self, frames: &Frames) -> Result<(), StreamError> {
        let frame = frames.get(self.number)?;
        self.number += 1;
        self.under_way.push_back(Instant::now());
        self.detector.submit(&frame, None)?;
        if self.detector.pending() == self.detector.capacity() {
            self.finish()?;
        }
        Ok(())
    }

    /// Waits for all frames that are under way.
    pub(super) fn drain(&mut self) -> Result<(), StreamError> {
        while self.detector.pending() > 0 {
            self.finish()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), StreamError> {
        let timing = self.detector.finish(&self.params, &mut self.found)?;
        if let Some(begun) = self.under_way.pop_front() {
            self.samples.whole.push(begun.elapsed());
        }
        self.around += timing.pre + timing.post;
        for (times, time) in self.samples.stages.iter_mut().zip(stages(timing)) {
            times.push(time);
        }
        self.samples.objects += self.found.len() as u64;
        Ok(())
    }
}
