/**
 * SECTION:element-luchspublish
 *
 * Turns the objects that `luchstrack` follows into events (new, update, end), signs and encrypts each one, commits it
 * to an outbox on disk, and delivers it over MQTT 5 and TLS until the broker has acknowledged it. Frames are passed on
 * untouched and never wait for the network.
 *
 * A broker that cannot be reached is no error: events are kept, and a warning tells why. At the end of the stream the
 * element waits up to `drain-timeout` for the broker to acknowledge this camera's events; not for those that nobody
 * subscribes to, and only until the pipeline is stopped or flushed. What is still in the outbox then is delivered by the
 * next run. Stopping in the middle waits for the disk only.
 *
 * Objects keep the ids that `luchstrack` gives them. If a camera gets another publisher while others of the process keep
 * the outbox open, ids go on behind the highest one so far, as (device, camera, boot, id) names one object for ever. A
 * camera has one publisher at a time.
 *
 * What `luchsdetect` says about itself, that it fails and that it works again, becomes an event `device.status`.
 *
 * The capture time in events is that of a `GstReferenceTimestampMeta` (UNIX or NTP time) if the frame has one,
 * otherwise the frame's running time counted from the moment the pipeline began to play.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=street.mp4 ! decodebin ! luchsdetect model=model.onnx ! luchstrack ! luchspublish camera=gate broker=mqtts://broker.example ca-file=ca.pem cert-file=box.pem key-file=box.key recipients=recipients signing-key=device.jwk outbox=box.outbox ! fakesink
 * ]|
 */
use std::{
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use gst::{glib, prelude::*, subclass::prelude::*};
use gst_base::{prelude::*, subclass::prelude::*};
use luchs_analytics::lifecycle::{Lifecycle, Moment};
use luchs_delivery::{Claim, Delivery, Drained, Listener, Notice, Severity};
use luchs_scene::{
    Draft, Size,
    event::{Kind, Status},
};

use super::{capture, properties::Settings};

static CAT: LazyLock<gst::DebugCategory> =
    LazyLock::new(|| gst::DebugCategory::new("luchspublish", gst::DebugColorFlags::empty(), Some("Luchs publisher")));

/// Frames with objects but without tracks after which it is clear that there is no tracker.
const PATIENCE: u64 = 50;

/// How long the end of the stream waits for the disk. Not a matter of taste: events must be committed before it ends.
const COMMIT: Duration = Duration::from_secs(10);

/// How long stopping waits for the disk.
const STOP_COMMIT: Duration = Duration::from_millis(500);

/// A wait for the broker that is longer than this is told about.
const SOON: Duration = Duration::from_millis(500);

/// A wait for the disk is broken off after at most this time.
const SLICE: Duration = Duration::from_millis(50);

/// From READY on: what holds the outbox open.
struct Desk {
    claim: Arc<Claim>,
    _listener: Listener,
    /// What it was opened with.
    opened: Settings,
}

/// From start to stop: one stream.
struct State {
    lifecycle: Lifecycle,
    size: Option<Size>,
    frames: u64,
    /// Frames with objects, as long as no object had a track.
    untracked: Option<u64>,
    /// Whether anything was submitted since the last wait for acknowledgements.
    undrained: bool,
}

#[derive(Default)]
pub struct LuchsPublish {
    settings: Mutex<Settings>,
    desk: Mutex<Option<Desk>>,
    state: Mutex<Option<State>>,
    /// Nobody shall wait any more: the pipeline stops or flushes.
    cancelled: AtomicBool,
    #[cfg(test)]
    pub(super) fail: AtomicBool,
}

#[glib::object_subclass]
impl ObjectSubclass for LuchsPublish {
    const NAME: &'static str = "GstLuchsPublish";
    type Type = super::LuchsPublish;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for LuchsPublish {
    fn properties() -> &'static [glib::ParamSpec] {
        Settings::properties()
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        if let Err(err) = self.settings().set(pspec.name(), value) {
            gst::error!(CAT, imp = self, "Could not set {}: {err}", pspec.name());
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        if pspec.name() == "stats" {
            return self.stats().to_value();
        }
        self.settings().get(pspec)
    }
}

impl GstObjectImpl for LuchsPublish {}

impl ElementImpl for LuchsPublish {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Luchs publisher",
                "Filter/Network",
                "Turns tracked objects into signed and encrypted events and delivers them over MQTT",
                "The Luchs developers",
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            // Only metadata is read, so pictures in any kind of memory will do.
            let caps = gst::Caps::builder("video/x-raw").any_features().build();
            gst_luchs_meta::pad_templates(&caps)
        });
        &TEMPLATES
    }

    fn change_state(&self, transition: gst::StateChange) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        if transition == gst::StateChange::NullToReady {
            let desk = self.open().map_err(|reason| {
                gst::error!(CAT, imp = self, "{reason}");
                gst::element_imp_error!(self, gst::ResourceError::Settings, ("{reason}"));
                gst::StateChangeError
            })?;
            *self.desk() = Some(desk);
        }
        if transition == gst::StateChange::PausedToReady {
            // Before the pads are stopped, which waits for the streaming thread, which may wait for the broker.
            self.cancelled.store(true, Ordering::SeqCst);
        }
        let result = self.parent_change_state(transition);
        if transition == gst::StateChange::ReadyToNull
            || (transition == gst::StateChange::NullToReady && result.is_err())
        {
            // Not while the lock is held: the last notices may still come in.
            let desk = self.desk().take();
            drop(desk);
        }
        result
    }
}

impl BaseTransformImpl for LuchsPublish {
    const MODE: gst_base::subclass::BaseTransformMode = gst_base::subclass::BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = true;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = true;

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let claim = self
            .current_claim()
            .map_err(|reason| gst::error_msg!(gst::ResourceError::Settings, ("{reason}")))?;
        self.cancelled.store(false, Ordering::SeqCst);
        let lifecycle = Lifecycle::new(claim.camera().clone(), self.settings().lifecycle());
        *self.state() = Some(State {
            lifecycle,
            size: None,
            frames: 0,
            untracked: Some(0),
            undrained: false,
        });
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        self.end_objects();
        if let Some(claim) = self.claim()
            && !claim.delivery().flush(STOP_COMMIT)
        {
            gst::warning!(CAT, imp = self, "The outbox is slow or cannot be written");
        }
        *self.state() = None;
        Ok(())
    }

    fn set_caps(&self, incaps: &gst::Caps, _outcaps: &gst::Caps) -> Result<(), gst::LoggableError> {
        // Not by way of VideoInfo: that knows no formats of foreign memory.
        let structure = incaps
            .structure(0)
            .ok_or_else(|| gst::loggable_error!(CAT, "empty caps"))?;
        let side = |name: &str| structure.get::<i32>(name).ok().and_then(|v| u32::try_from(v).ok());
        let (Some(width), Some(height)) = (side("width"), side("height")) else {
            return Err(gst::loggable_error!(CAT, "caps without width and height: {incaps}"));
        };
        if let Some(state) = self.state().as_mut() {
            state.size = Some(Size { width, height });
        }
        Ok(())
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        match event.view() {
            gst::EventView::FlushStart(_) => self.cancelled.store(true, Ordering::SeqCst),
            gst::EventView::FlushStop(_) => {
                self.cancelled.store(false, Ordering::SeqCst);
                self.end_objects();
            }
            gst::EventView::Eos(_) => {
                self.finish();
                self.warn_untracked(1);
                let message = gst::message::Element::builder(self.stats()).src(&*self.obj()).build();
                if self.obj().post_message(message).is_err() {
                    gst::debug!(CAT, imp = self, "No bus for the statistics");
                }
            }
            gst::EventView::CustomDownstream(_) => {
                if let Some(status) = gst_luchs_meta::read_status(&event) {
                    self.report(status);
                }
            }
            _ => {}
        }
        self.parent_sink_event(event)
    }

    fn transform_ip_passthrough(&self, buffer: &gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        #[cfg(test)]
        assert!(!self.fail.load(Ordering::SeqCst), "a fault for the test");
        let arrived = Instant::now();
        let inferred = gst_luchs_meta::was_inferred(buffer);
        let still = gst_luchs_meta::is_still(buffer);
        let (running_time, stream_time) = self.times(buffer);
        let mut drafts = Vec::new();
        {
            let mut guard = self.state();
            let state = guard.as_mut().ok_or(gst::FlowError::Flushing)?;
            let frame = state.size.ok_or(gst::FlowError::NotNegotiated)?;
            state.frames += 1;
            if !inferred && !still {
                return Ok(gst::FlowSuccess::Ok);
            }
            let time = capture::time(self.obj().upcast_ref(), buffer, running_time);
            let moment = Moment {
                time,
                stream_time_ns: stream_time.map(gst::ClockTime::nseconds),
                running_time_ns: running_time.map(gst::ClockTime::nseconds),
                frame,
            };
            if still {
                state.lifecycle.rest(moment);
                return Ok(gst::FlowSuccess::Ok);
            }
            let objects = gst_luchs_meta::objects(buffer, frame);
            if objects.iter().any(|object| object.track_id.is_some()) {
                state.untracked = None;
            } else if let Some(count) = state.untracked.as_mut().filter(|_| !objects.is_empty()) {
                *count += 1;
            }
            state.lifecycle.observe(moment, &objects, &mut drafts);
            state.undrained |= !drafts.is_empty();
        }
        self.submit(drafts, arrived);
        self.warn_untracked(PATIENCE);
        Ok(gst::FlowSuccess::Ok)
    }
}

impl LuchsPublish {
    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn desk(&self) -> MutexGuard<'_, Option<Desk>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn claim(&self) -> Option<Arc<Claim>> {
        self.desk().as_ref().map(|desk| desk.claim.clone())
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// The claim for the camera; opened anew if properties were changed in READY.
    fn current_claim(&self) -> Result<Arc<Claim>, String> {
        let settings = self.settings().clone();
        let old = self.desk().take_if(|desk| !desk.opened.same_desk(&settings));
        // Without the lock, as the last notices may come in; and before another is opened on the same outbox.
        drop(old);
        if let Some(claim) = self.claim() {
            return Ok(claim);
        }
        let desk = self.open()?;
        let claim = desk.claim.clone();
        *self.desk() = Some(desk);
        Ok(claim)
    }

    /// Checks all settings and opens the outbox.
    fn open(&self) -> Result<Desk, String> {
        let settings = self.settings().clone();
        let camera = settings.camera().map_err(|error| error.to_string())?;
        let delivery = settings.delivery().map_err(|error| error.to_string())?;
        let delivery = Delivery::open(delivery).map_err(|error| error.to_string())?;
        let element = self.obj().downgrade();
        let listener = delivery.listen(move |notice| {
            if let Some(element) = element.upgrade() {
                tell(&element, notice);
            }
        });
        gst::info!(
            CAT,
            imp = self,
            "Events of device {}, camera {camera}",
            delivery.device()
        );
        let claim = delivery.claim(camera).map_err(|error| error.to_string())?;
        Ok(Desk {
            claim: Arc::new(claim),
            _listener: listener,
            opened: settings,
        })
    }

    /// Hands drafts in; what they come from `arrived` then.
    fn submit(&self, drafts: Vec<Draft>, arrived: Instant) {
        if drafts.is_empty() {
            return;
        }
        gst::log!(CAT, imp = self, "{} events", drafts.len());
        // Without the lock, as a flood of events may have to wait for the disk.
        if let Some(claim) = self.claim() {
            claim.submit_since(drafts, arrived);
        }
    }

    /// Ends all objects in view.
    fn end_objects(&self) {
        let mut drafts = Vec::new();
        if let Some(state) = self.state().as_mut() {
            state.lifecycle.finish(&mut drafts);
            state.undrained |= !drafts.is_empty();
        }
        self.submit(drafts, Instant::now());
    }

    /// Tells subscribers what a detector says about itself.
    fn report(&self, status: Status) {
        gst::info!(CAT, imp = self, "{}: {}", status.condition.as_str(), status.text);
        let Some(claim) = self.claim() else { return };
        if let Some(state) = self.state().as_mut() {
            state.undrained = true;
        }
        let draft = Draft {
            kind: Kind::DeviceStatus,
            camera: claim.camera().clone(),
            time: SystemTime::now().into(),
            stream_time_ns: None,
            frame: None,
            object: None,
            gap: None,
            status: Some(status),
        };
        claim.submit(draft);
    }

    /// Ends all objects and waits, for a bounded time and until it is cancelled, for the disk and then for the broker.
    fn finish(&self) {
        self.end_objects();
        let undrained = self
            .state()
            .as_mut()
            .is_some_and(|state| std::mem::take(&mut state.undrained));
        let Some(claim) = self.claim().filter(|_| undrained) else {
            return;
        };
        let delivery = claim.delivery();
        if !self.commit(delivery) {
            gst::warning!(CAT, imp = self, "The outbox is slow or cannot be written");
        }
        let begun = Instant::now();
        let timeout = Duration::from_millis(u64::from(self.settings().drain_timeout));
        let mut drained = claim.drain(timeout.min(SOON), || self.is_cancelled());
        if drained == Drained::Late && timeout > SOON {
            let (pending, seconds) = (delivery.stats().pending, timeout.as_secs_f32());
            let text = format!("waiting up to {seconds} s for the broker to acknowledge {pending} events");
            gst::info!(CAT, imp = self, "{text}");
            gst::element_imp_info!(self, gst::ResourceError::Write, ("{text}"));
            let left = timeout.saturating_sub(begun.elapsed());
            drained = claim.drain(left, || self.is_cancelled());
        }
        match drained {
            Drained::All => {}
            Drained::Cancelled => gst::info!(CAT, imp = self, "The wait for the broker was broken off"),
            Drained::Unwanted | Drained::Late => self.warn_pending(delivery),
        }
    }

    /// Waits until all events are on disk.
    fn commit(&self, delivery: &Delivery) -> bool {
        let deadline = Instant::now() + COMMIT;
        while !delivery.flush(SLICE) {
            if self.is_cancelled() || Instant::now() >= deadline {
                return false;
            }
            thread::sleep(SLICE / 10);
        }
        true
    }

    fn warn_pending(&self, delivery: &Delivery) {
        let stats = delivery.stats();
        let outbox = delivery.outbox().display();
        let why = stats.last_error.map(|error| format!(" ({error})")).unwrap_or_default();
        gst::element_imp_warning!(
            self,
            gst::ResourceError::Write,
            (
                "{} events are not acknowledged by the broker yet{why}: they stay in {outbox} and are delivered by the next run",
                stats.pending + stats.parked
            )
        );
    }

    /// Says once that there is no tracker, after `patience` frames with objects.
    fn warn_untracked(&self, patience: u64) {
        let clear = {
            let mut guard = self.state();
            let count = guard
                .as_mut()
                .and_then(|state| state.untracked.take_if(|count| *count >= patience));
            count.is_some()
        };
        if clear {
            gst::element_imp_warning!(
                self,
                gst::StreamError::WrongType,
                ("objects come without track ids, so there is nothing to tell: put luchstrack before luchspublish, and no converter or scaler between the two, as those drop ids")
            );
        }
    }

    /// Running time and stream time of a frame.
    fn times(&self, buffer: &gst::BufferRef) -> (Option<gst::ClockTime>, Option<gst::ClockTime>) {
        let segment = self.obj().segment();
        let (Some(segment), Some(pts)) = (segment.downcast_ref::<gst::ClockTime>(), buffer.pts()) else {
            return (None, None);
        };
        (segment.to_running_time(pts), segment.to_stream_time(pts))
    }

    fn stats(&self) -> gst::Structure {
        let frames = self.state().as_ref().map_or(0, |state| state.frames);
        let claim = self.claim();
        let delivery = claim.as_ref().map(|claim| claim.delivery());
        let stats = delivery.map(Delivery::stats).unwrap_or_default();
        let latencies = delivery.map(Delivery::commit_latencies).unwrap_or_default();
        let millis = |took: Duration| took.as_secs_f64() * 1e3;
        gst::Structure::builder("luchs-stats")
            .field("element", "luchspublish")
            .field("frames", frames)
            .field("events-submitted", stats.submitted)
            .field("events-sealed", stats.committed)
            .field("events-acknowledged", stats.acknowledged)
            .field("events-pending", stats.pending)
            .field("events-parked", stats.parked)
            .field("events-dropped", stats.dropped)
            .field("events-unsubscribed", stats.unsubscribed)
            .field("average-commit-latency-ms", millis(latencies.average()))
            .field("commit-latency-p50-ms", millis(latencies.percentile(0.5)))
            .field("commit-latency-p99-ms", millis(latencies.percentile(0.99)))
            .field("max-commit-latency-ms", millis(latencies.max()))
            .field("connected", stats.connected)
            .field_if_some("last-error", stats.last_error)
            .build()
    }
}

/// Passes a notice on to whoever watches the bus. Never as an error, which would end the pipeline: events are kept.
fn tell(element: &super::LuchsPublish, notice: &Notice) {
    let error = gst::ResourceError::Write;
    match notice.severity {
        Severity::Info => {
            gst::info!(CAT, obj = element, "{notice}");
            gst::element_info!(element, error, ("{notice}"));
        }
        Severity::Warning | Severity::Error => {
            gst::warning!(CAT, obj = element, "{notice}");
            gst::element_warning!(element, error, ("{notice}"));
        }
    }
}
