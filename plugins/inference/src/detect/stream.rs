//! The stream that is being looked at: its detector, and the frames in the element.

use std::time::{Duration, Instant};

use gst_video::VideoInfo;
use luchs_infer::Detector;
use luchs_scene::{Detection, Rect, Size};
use luchs_vision::{Gate, GateSettings, Params};

use super::{
    health::Health,
    lateness::Lateness,
    line::{self, Line},
    open::Opened,
    settings::{Live, Source},
    stats::Pass,
};

/// A frame in the element.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) buffer: gst::Buffer,
    /// By the caps that it came with.
    pub(super) size: Size,
    pub(super) arrived: Instant,
    /// Why nobody looks at it.
    pub(super) pass: Option<Pass>,
}

/// From READY on.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) detector: Detector,
    /// What the detector was opened with.
    pub(super) opened: Source,
    pub(super) params: Params,
    pub(super) live: Live,
    /// Of the settings that `live` and `params` are from.
    pub(super) version: u64,
    pub(super) info: Option<VideoInfo>,
    pub(super) line: Line<Held>,
    pub(super) found: Vec<Detection>,
    lateness: Lateness,
    pub(super) health: Health,
    gate: Gate,
    /// Where the objects of the last frame that was looked at are.
    known: Vec<Rect>,
    /// Whether nothing moved when the gate was asked last.
    still: bool,
    /// Frames to pass over until one is looked at.
    countdown: u32,
    /// Where buffers have no timestamps.
    started: Instant,
    /// When there was nothing to do any more.
    freed: Instant,
    /// When an inference came to its end last.
    looked: Instant,
}

/// If what follows is so slow that every frame is late, one is looked at so often all the same.
const STARVED: Duration = Duration::from_secs(1);

impl Stream {
    pub(super) fn new(opened: Opened, live: Live, version: u64) -> Self {
        let mut stream = Self {
            detector: opened.detector,
            opened: opened.source,
            params: opened.params,
            live,
            version,
            info: None,
            line: Line::new(),
            found: Vec::new(),
            lateness: Lateness::default(),
            health: Health::default(),
            gate: Gate::new(GateSettings::default()),
            known: Vec::new(),
            still: false,
            countdown: 0,
            started: Instant::now(),
            freed: Instant::now(),
            looked: Instant::now(),
        };
        stream.set_live(live, version);
        stream
    }

    /// Other settings from the next frame on.
    pub(super) fn set_live(&mut self, live: Live, version: u64) {
        if self.live.motion_gate != live.motion_gate {
            self.gate.reset();
            self.still = false;
        }
        live.apply(self.detector.model().thresholds, &mut self.params);
        (self.live, self.version) = (live, version);
    }

    /// Another detector, with nothing under way in the old one, which is given back.
    pub(super) fn exchange(&mut self, opened: Opened) -> Detector {
        let old = std::mem::replace(&mut self.detector, opened.detector);
        self.opened = opened.source;
        self.params = opened.params;
        self.set_live(self.live, self.version);
        old
    }

    /// With so many frames in the element the oldest is waited for.
    pub(super) fn limit(&self) -> usize {
        line::limit(self.detector.capacity(), self.live.inference_interval)
    }

    /// Whether it is time for the oldest frame to go on. Then it may have to be waited for.
    pub(super) fn is_due(&self) -> bool {
        match self.line.oldest_awaits() {
            None => false,
            Some(false) => true,
            Some(true) => self.line.len() >= self.limit() || self.detector.ready(),
        }
    }

    /// Whether it is the turn of the frame that comes now, which may be too `late`.
    pub(super) fn turn(&mut self, late: bool) -> Result<(), Pass> {
        let most = self.live.inference_interval.max(1) - 1;
        self.countdown = self.countdown.min(most);
        if self.countdown > 0 {
            self.countdown -= 1;
            return Err(self.unseen(Pass::Interval));
        }
        if late {
            return Err(self.unseen(Pass::Late));
        }
        self.countdown = most;
        Ok(())
    }

    /// Where the gate says that nothing moves, the frames between those that it was asked about are still too: for who
    /// comes after, what is there stays there.
    fn unseen(&self, why: Pass) -> Pass {
        if self.still && why == Pass::Interval {
            Pass::Still
        } else {
            why
        }
    }

    /// Asks the gate, if there is one, whether anything moves.
    pub(super) fn is_still(
        &mut self,
        frame: &luchs_vision::Frame<'_>,
        region: Option<Rect>,
        pts: Option<gst::ClockTime>,
    ) -> bool {
        self.still = self.live.motion_gate && {
            let at = pts.map_or_else(|| self.started.elapsed(), Duration::from);
            !self.gate.decide(frame, at, region, &self.known).infer
        };
        self.still
    }

    /// Whether a frame that is seen `now` comes too late to be worth it.
    pub(super) fn is_late(&mut self, now: i64, frame: i64, period: Option<Duration>) -> bool {
        let late = self.lateness.is_late(now, frame, period, self.freed.elapsed());
        late && (self.detector.pending() > 0 || self.looked.elapsed() < STARVED)
    }

    /// There is nothing to do until the next frame comes.
    pub(super) fn rest(&mut self) {
        self.freed = Instant::now();
    }

    /// Keeps in mind where the objects are that were found.
    pub(super) fn remember(&mut self) {
        self.looked = Instant::now();
        self.known.clear();
        self.known.extend(self.found.iter().map(|detection| detection.rect));
    }

    /// Another segment: its times are not those of the one before.
    pub(super) fn begin_segment(&mut self) {
        self.lateness.reset();
        self.gate.reset();
        self.still = false;
    }

    /// Forgets the frames in the element.
    pub(super) fn discard(&mut self) {
        self.detector.discard();
        self.line.clear();
    }
}
