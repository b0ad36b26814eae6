/**
 * SECTION:element-luchspublish
 *
 * Turns the objects that `luchstrack` follows into events (new, update, end), signs and encrypts each one, commits it
 * to an outbox on disk, and delivers it over MQTT 5 and TLS until the broker has acknowledged it. Frames are passed on
 * untouched and never wait for the network.
 *
 * A broker that cannot be reached is no error: events are kept, and a warning tells why. At the end of the stream the
 * element waits `drain-timeout` for acknowledgements; what is still in the outbox then is delivered by the next run.
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
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use gst::{glib, prelude::*, subclass::prelude::*};
use gst_base::{prelude::*, subclass::prelude::*};
use luchs_analytics::lifecycle::{Lifecycle, Moment};
use luchs_delivery::{Delivery, Listener, Notice, Severity};
use luchs_scene::{Draft, Name, Size};

use super::{capture, properties::Settings};

static CAT: LazyLock<gst::DebugCategory> =
    LazyLock::new(|| gst::DebugCategory::new("luchspublish", gst::DebugColorFlags::empty(), Some("Luchs publisher")));

/// Frames with objects but without tracks after which it is clear that there is no tracker.
const PATIENCE: u64 = 50;

/// How long the end of the stream waits for the disk. Not a matter of taste: events must be committed before it ends.
const COMMIT: Duration = Duration::from_secs(10);

/// From READY on: what holds the outbox open.
struct Desk {
    camera: Name,
    delivery: Delivery,
    _listener: Listener,
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
    #[cfg(test)]
    pub(super) fail: std::sync::atomic::AtomicBool,
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
            [("src", gst::PadDirection::Src), ("sink", gst::PadDirection::Sink)]
                .into_iter()
                .filter_map(|(name, direction)| {
                    gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps).ok()
                })
                .collect()
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
        let Some(camera) = self.desk().as_ref().map(|desk| desk.camera.clone()) else {
            return Err(gst::error_msg!(
                gst::ResourceError::NotFound,
                ["the outbox is not open"]
            ));
        };
        let lifecycle = Lifecycle::new(camera, self.settings().lifecycle());
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
        self.finish();
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
            gst::EventView::FlushStop(_) => self.end_objects(),
            gst::EventView::Eos(_) => {
                self.finish();
                self.warn_untracked(1);
                let message = gst::message::Element::builder(self.stats()).src(&*self.obj()).build();
                if self.obj().post_message(message).is_err() {
                    gst::debug!(CAT, imp = self, "No bus for the statistics");
                }
            }
            _ => {}
        }
        self.parent_sink_event(event)
    }

    fn transform_ip_passthrough(&self, buffer: &gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        #[cfg(test)]
        assert!(
            !self.fail.load(std::sync::atomic::Ordering::SeqCst),
            "a fault for the test"
        );
        let inferred = gst_luchs_meta::was_inferred(buffer);
        let (running_time, stream_time) = self.times(buffer);
        let mut drafts = Vec::new();
        {
            let mut guard = self.state();
            let state = guard.as_mut().ok_or(gst::FlowError::Flushing)?;
            let frame = state.size.ok_or(gst::FlowError::NotNegotiated)?;
            state.frames += 1;
            if !inferred {
                return Ok(gst::FlowSuccess::Ok);
            }
            let objects = gst_luchs_meta::objects(buffer, frame);
            if objects.iter().any(|object| object.track_id.is_some()) {
                state.untracked = None;
            } else if let Some(count) = state.untracked.as_mut().filter(|_| !objects.is_empty()) {
                *count += 1;
            }
            let time = capture::time(self.obj().upcast_ref(), buffer, running_time);
            let moment = Moment {
                time,
                stream_time_ns: stream_time.map(gst::ClockTime::nseconds),
                frame,
            };
            state.lifecycle.observe(moment, &objects, &mut drafts);
            state.undrained |= !drafts.is_empty();
        }
        self.submit(drafts);
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

    fn delivery(&self) -> Option<Delivery> {
        self.desk().as_ref().map(|desk| desk.delivery.clone())
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
        Ok(Desk {
            camera,
            delivery,
            _listener: listener,
        })
    }

    fn submit(&self, drafts: Vec<Draft>) {
        if drafts.is_empty() {
            return;
        }
        gst::log!(CAT, imp = self, "{} events", drafts.len());
        // Without the lock, as a flood of events may have to wait for the disk.
        if let Some(delivery) = self.delivery() {
            for draft in drafts {
                delivery.submit(draft);
            }
        }
    }

    /// Ends all objects in view.
    fn end_objects(&self) {
        let mut drafts = Vec::new();
        if let Some(state) = self.state().as_mut() {
            state.lifecycle.finish(&mut drafts);
            state.undrained |= !drafts.is_empty();
        }
        self.submit(drafts);
    }

    /// Ends all objects and waits, for a bounded time, until the broker has all events.
    fn finish(&self) {
        self.end_objects();
        let undrained = self
            .state()
            .as_mut()
            .is_some_and(|state| std::mem::take(&mut state.undrained));
        let Some(delivery) = self.delivery().filter(|_| undrained) else {
            return;
        };
        let timeout = Duration::from_millis(u64::from(self.settings().drain_timeout));
        if !delivery.flush(COMMIT) {
            gst::warning!(CAT, imp = self, "The outbox is slow or cannot be written");
        }
        if !delivery.drain(timeout) {
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
                ("objects come without track ids, so there is nothing to tell: put luchstrack before luchspublish")
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
        let delivery = self.delivery();
        let stats = delivery.as_ref().map(Delivery::stats).unwrap_or_default();
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
