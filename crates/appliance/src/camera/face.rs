//! What a camera shows of itself to others.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use luchs_scene::{Histogram, Utc};

use super::{attempt::Attempt, fault::Fault};
use crate::{
    config::Priority,
    status::{CameraState, CameraStatus},
};

/// The time that frames per second are averaged over.
const WINDOW: Duration = Duration::from_secs(5);

/// Shared between a camera's thread and those who look.
#[derive(Clone, Debug)]
pub struct Face(Arc<Mutex<Inner>>);

/// What the camera's thread is about. How long it may take differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Opening a model may take minutes, measuring devices or building an engine.
    Opening,
    /// It looks several times a second.
    Watching,
    /// Pipelines stop within seconds.
    Closing,
    /// It waits for the next try, and looks several times a second.
    Waiting,
    /// It is over.
    Over,
}

#[derive(Debug)]
struct Inner {
    status: CameraStatus,
    /// What earlier pipelines counted.
    before: Counts,
    now: Counts,
    /// When, frames, looked at.
    samples: VecDeque<(Instant, u64, u64)>,
    phase: Phase,
    beat: Instant,
    /// When frames ceased to come.
    lost: Option<Instant>,
    last_frame: Option<Instant>,
    priority: Priority,
    in_flight: u64,
    /// The model's runs, of this pipeline and of those before.
    infer: Histogram,
    infer_before: Histogram,
    model: String,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    frames: u64,
    analysed: u64,
    skipped: u64,
    gated: u64,
    failed: u64,
    events: u64,
}

/// What the watchdog wants to know.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    /// What the camera's thread is about.
    pub phase: Phase,
    /// How long ago it looked last.
    pub beat: Duration,
    /// How long ago the last frame went all the way; none unless frames are expected.
    pub frame: Option<Duration>,
}

/// Frames have come all the way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Back {
    /// How long there were none; none if there were none before.
    pub(super) outage: Option<Duration>,
}

/// A camera's part of an engine.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    pub(crate) model: String,
    pub(crate) device: String,
    /// Whether a pipeline runs now.
    pub(crate) is_watching: bool,
    pub(crate) in_flight: u64,
    pub(crate) inferences: u64,
    /// The model's runs, since the service began.
    pub(crate) infer: Histogram,
}

/// What the overload policy wants to know.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Who gives way.
    pub priority: Priority,
    /// Frames per second that arrive.
    pub fps: f64,
    /// Frames per second that are looked at.
    pub analysed_fps: f64,
    /// Frames so far.
    pub frames: u64,
    /// Of these, passed over because newer ones waited.
    pub skipped: u64,
    /// One frame of so many is looked at now.
    pub interval: u32,
    /// Whether frames come.
    pub running: bool,
}

impl Face {
    pub(super) fn new(url: String, interval: u32, priority: Priority, model: String) -> Self {
        let status = CameraStatus {
            state: CameraState::Starting,
            since: now(),
            url,
            fault: None,
            fault_kind: None,
            outages: 0,
            last_outage_ms: None,
            size: None,
            codec: None,
            decoder: None,
            decoder_hardware: false,
            decoder_reason: None,
            time_source: "arrival".into(),
            clock_offset_ms: None,
            fps: 0.0,
            analysed_fps: 0.0,
            frames: 0,
            analysed: 0,
            skipped: 0,
            gated: 0,
            failed: 0,
            frame_age_ms: None,
            latency_ms: None,
            latency: Histogram::default(),
            objects: BTreeMap::new(),
            events: 0,
            device: None,
            inference_interval: interval,
        };
        Self(Arc::new(Mutex::new(Inner {
            status,
            before: Counts::default(),
            now: Counts::default(),
            samples: VecDeque::new(),
            phase: Phase::Opening,
            beat: Instant::now(),
            lost: None,
            last_frame: None,
            priority,
            in_flight: 0,
            infer: Histogram::default(),
            infer_before: Histogram::default(),
            model,
        })))
    }

    /// Whether it is the same camera's, of the same start.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The status of a camera that is switched off.
    pub fn stopped(url: String, interval: u32) -> CameraStatus {
        let face = Self::new(url, interval, Priority::Normal, String::new());
        let mut inner = face.inner();
        inner.status.state = CameraState::Stopped;
        inner.status.clone()
    }

    /// The camera's status now.
    pub fn status(&self) -> CameraStatus {
        let inner = self.inner();
        let mut status = inner.status.clone();
        status.frame_age_ms = inner.last_frame.map(|at| at.elapsed().as_millis() as u64);
        status
    }

    /// For the watchdog.
    pub fn life(&self) -> Life {
        let inner = self.inner();
        let expected = inner.phase == Phase::Watching && inner.status.state == CameraState::Running;
        Life {
            phase: inner.phase,
            beat: inner.beat.elapsed(),
            frame: inner.last_frame.filter(|_| expected).map(|at| at.elapsed()),
        }
    }

    /// For the overload policy.
    pub fn load(&self) -> Load {
        let inner = self.inner();
        Load {
            priority: inner.priority,
            fps: inner.status.fps,
            analysed_fps: inner.status.analysed_fps,
            frames: inner.status.frames,
            skipped: inner.status.skipped,
            interval: inner.status.inference_interval,
            running: inner.status.state == CameraState::Running,
        }
    }

    /// What the camera uses of an engine, or used when it was not lost; none before its first frame.
    pub(crate) fn engine(&self) -> Option<Engine> {
        let inner = self.inner();
        Some(Engine {
            model: inner.model.clone(),
            device: inner.status.device.clone()?,
            is_watching: inner.phase == Phase::Watching,
            in_flight: inner.in_flight,
            inferences: inner.status.analysed,
            infer: inner.infers(),
        })
    }

    pub(super) fn phase(&self, phase: Phase) {
        let mut inner = self.inner();
        inner.phase = phase;
        inner.beat = Instant::now();
    }

    pub(super) fn set_interval(&self, interval: u32) {
        self.inner().status.inference_interval = interval;
    }

    /// A pipeline begins.
    pub(super) fn begins(&self) {
        let mut inner = self.inner();
        inner.before = inner.total();
        inner.now = Counts::default();
        inner.infer_before = inner.infers();
        inner.infer = Histogram::default();
        // A fault is shown until frames come again.
        if inner.status.state != CameraState::Waiting {
            inner.set_state(CameraState::Starting);
        }
    }

    /// Looks at a pipeline that runs. Tells when the first frame has come all the way.
    pub(super) fn look(&self, attempt: &mut Attempt, broken: Option<&str>) -> Option<Back> {
        let decoder = attempt.decoder(broken).cloned();
        let detector = attempt.detector();
        let events = attempt.events();
        let look = attempt.pulse.look();
        let frame_age = attempt.pulse.age(&attempt.pulse.passed);
        let mut inner = self.inner();
        inner.beat = Instant::now();
        inner.last_frame = frame_age
            .and_then(|age| Instant::now().checked_sub(age))
            .or(inner.last_frame);
        inner.now.frames = attempt.pulse.frames.get();
        inner.now.events = events.unwrap_or(inner.now.events);
        if let Some((stats, device)) = detector {
            let count = |name: &str| stats.get::<u64>(name).unwrap_or_default();
            let real = |name: &str| stats.get::<f64>(name).unwrap_or_default();
            inner.now.analysed = count("inferences");
            inner.now.skipped = count("skipped");
            inner.now.gated = count("gated");
            inner.now.failed = count("failed");
            inner.in_flight = count("in-flight");
            inner.status.latency = histogram(&stats, "latency");
            inner.infer = histogram(&stats, "infer");
            inner.status.device = device;
            inner.status.latency_ms =
                (inner.now.analysed > 0).then(|| (real("latency-p50-ms"), real("latency-p99-ms")));
        }
        if let Some(decoder) = decoder {
            inner.status.codec = Some(decoder.codec);
            inner.status.decoder = Some(decoder.element);
            inner.status.decoder_hardware = decoder.hardware;
            inner.status.decoder_reason = Some(decoder.reason);
        }
        inner.status.size = look.size.map(|size| (size.width, size.height));
        inner.status.clock_offset_ms = look.clock_offset_ms;
        let source = if look.clock_offset_ms.is_some() {
            "ntp"
        } else {
            "arrival"
        };
        source.clone_into(&mut inner.status.time_source);
        inner.status.objects = look.objects;
        inner.sample();
        if !attempt.is_running() || inner.status.state == CameraState::Running {
            return None;
        }
        inner.set_state(CameraState::Running);
        inner.status.fault = None;
        inner.status.fault_kind = None;
        let outage = inner.lost.take().map(|at| at.elapsed());
        if let Some(outage) = outage {
            inner.status.last_outage_ms = Some(outage.as_millis() as u64);
        }
        Some(Back { outage })
    }

    /// The camera is lost. True if it was not before, or for another reason.
    pub(super) fn lost(&self, fault: &Fault) -> bool {
        let mut inner = self.inner();
        let news = inner.status.fault_kind.as_deref() != Some(fault.kind.as_str());
        if inner.lost.is_none() {
            inner.lost = Some(inner.last_frame.unwrap_or_else(Instant::now));
            if inner.status.state == CameraState::Running {
                inner.status.outages += 1;
            }
        }
        inner.idle();
        inner.set_state(CameraState::Waiting);
        inner.status.fault = Some(fault.to_string());
        inner.status.fault_kind = Some(fault.kind.as_str().to_owned());
        news
    }

    /// It is over: stopped, or a file at its end.
    pub(super) fn over(&self) {
        let mut inner = self.inner();
        inner.idle();
        inner.phase = Phase::Over;
        inner.set_state(CameraState::Stopped);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn total(&self) -> Counts {
        Counts {
            frames: self.before.frames + self.now.frames,
            analysed: self.before.analysed + self.now.analysed,
            skipped: self.before.skipped + self.now.skipped,
            gated: self.before.gated + self.now.gated,
            failed: self.before.failed + self.now.failed,
            events: self.before.events + self.now.events,
        }
    }

    fn infers(&self) -> Histogram {
        let mut all = self.infer_before.clone();
        all.add(&self.infer);
        all
    }

    fn sample(&mut self) {
        let total = self.total();
        let status = &mut self.status;
        (status.frames, status.analysed) = (total.frames, total.analysed);
        (status.skipped, status.gated, status.failed) = (total.skipped, total.gated, total.failed);
        status.events = total.events;
        let now = Instant::now();
        self.samples.push_back((now, total.frames, total.analysed));
        while self.samples.len() > 2 && self.samples.get(1).is_some_and(|(at, ..)| now - *at >= WINDOW) {
            self.samples.pop_front();
        }
        if let Some((at, frames, analysed)) = self.samples.front() {
            let seconds = (now - *at).as_secs_f64();
            if seconds > 0.5 {
                status.fps = (total.frames - frames) as f64 / seconds;
                status.analysed_fps = (total.analysed - analysed) as f64 / seconds;
            }
        }
    }

    fn idle(&mut self) {
        self.samples.clear();
        self.status.fps = 0.0;
        self.status.analysed_fps = 0.0;
        self.status.objects.clear();
        self.status.clock_offset_ms = None;
        self.in_flight = 0;
    }

    fn set_state(&mut self, state: CameraState) {
        if self.status.state != state {
            self.status.state = state;
            self.status.since = now();
        }
    }
}

/// How long frames were in the detector (`latency`), or the model's runs took (`infer`). It begins anew with each pipeline, as
/// a counter of Prometheus may.
fn histogram(stats: &gst::Structure, of: &str) -> Histogram {
    let bounds = stats.get::<gst::Array>("bounds-s");
    let counts = stats.get::<gst::Array>(format!("{of}-counts"));
    let (Ok(bounds), Ok(counts)) = (bounds, counts) else {
        return Histogram::default();
    };
    let bounds = bounds.iter().filter_map(|bound| bound.get::<f64>().ok());
    let counts = counts.iter().filter_map(|count| count.get::<u64>().ok());
    Histogram {
        count: stats.get("inferences").unwrap_or_default(),
        sum_s: stats.get(format!("{of}-sum-s")).unwrap_or_default(),
        buckets: bounds.zip(counts).collect(),
    }
}

fn now() -> Utc {
    SystemTime::now().into()
}
