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
 * otherwise the frame's running time counted from the moment the pipeline began to play. The event's `time_source` says
 * which: `ntp` is the camera's own clock, `arrival` that of this machine.
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
    time::{Duration, Instant, SystemTime},
};

use gst::{glib, prelude::*, subclass::prelude::*};
use gst_base::{prelude::*, subclass::prelude::*};
use luchs_analytics::lifecycle::{Lifecycle, Moment};
use luchs_delivery::Claim;
use luchs_scene::{Draft, Size, event::Status};

use super::{capture, desk::Desk, properties::Settings};

pub(super) static CAT: LazyLock<gst::DebugCategory> =
    LazyLock::new(|| gst::DebugCategory::new("luchspublish", gst::DebugColorFlags::empty(), Some("Luchs publisher")));

/// Frames with objects but without tracks after which it is clear that there is no tracker.
const PATIENCE: u64 = 50;

/// How long stopping waits for the disk.
const STOP_COMMIT: Duration = Duration::from_millis(500);

/// From start to stop: one stream.
pub(super) struct State {
    lifecycle: Lifecycle,
    size: Option<Size>,
    pub(super) frames: u64,
    /// Events of this camera.
    pub(super) events: u64,
    /// Frames with objects, as long as no object had a track.
    pub(super) untracked: Option<u64>,
    /// Whether anything was submitted since the last wait for acknowledgements.
    pub(super) undrained: bool,
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
            events: 0,
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
            let (time, time_source) = capture::time(self.obj().upcast_ref(), buffer, running_time);
            let moment = Moment {
                time,
                time_source: Some(time_source),
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
    pub(super) fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Option<Desk>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn claim(&self) -> Option<Arc<Claim>> {
        self.desk().as_ref().map(|desk| desk.claim.clone())
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// Hands drafts in; what they come from `arrived` then.
    fn submit(&self, drafts: Vec<Draft>, arrived: Instant) {
        if drafts.is_empty() {
            return;
        }
        gst::log!(CAT, imp = self, "{} events", drafts.len());
        if let Some(state) = self.state().as_mut() {
            state.events += drafts.len() as u64;
        }
        // Without the lock, as a flood of events may have to wait for the disk.
        if let Some(claim) = self.claim() {
            claim.submit_since(drafts, arrived);
        }
    }

    /// Ends all objects in view.
    pub(super) fn end_objects(&self) {
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
        let kind = status.condition.kind();
        let draft = Draft {
            status: Some(status),
            ..Draft::new(kind, claim.camera().clone(), SystemTime::now().into())
        };
        claim.submit(draft);
    }

    /// Running time and stream time of a frame.
    fn times(&self, buffer: &gst::BufferRef) -> (Option<gst::ClockTime>, Option<gst::ClockTime>) {
        let segment = self.obj().segment();
        let (Some(segment), Some(pts)) = (segment.downcast_ref::<gst::ClockTime>(), buffer.pts()) else {
            return (None, None);
        };
        (segment.to_running_time(pts), segment.to_stream_time(pts))
    }
}
