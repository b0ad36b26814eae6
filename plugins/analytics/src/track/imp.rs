/**
 * SECTION:element-luchstrack
 *
 * Gives the objects that a detector found an id that stays the same from frame to frame: each
 * `GstVideoRegionOfInterestMeta` gets an `object_id` structure, in the place of one that it may have. From GStreamer 1.24
 * on, objects of a `GstAnalyticsRelationMeta` are related to a tracking entry; they are followed, too, where a detector of
 * another maker attaches no regions. Pixels are neither read nor written.
 *
 * Ids begin at 1 and are not used twice until the element was in NULL. Objects are followed within their class, which
 * is known by its label.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=street.mp4 ! decodebin ! luchsdetect model=model.onnx ! luchstrack ! luchsoverlay ! videoconvert ! autovideosink
 * ]|
 */
use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use gst::{glib, prelude::*, subclass::prelude::*};
use gst_base::{prelude::*, subclass::prelude::*};
use luchs_analytics::tracker::{NOMINAL_FRAME, Tracker};
use luchs_scene::{Detection, Object, Size};

use super::{properties::Settings, seen::Seen};

static CAT: LazyLock<gst::DebugCategory> =
    LazyLock::new(|| gst::DebugCategory::new("luchstrack", gst::DebugColorFlags::empty(), Some("Luchs tracker")));

#[derive(Debug)]
struct State {
    tracker: Tracker,
    size: Option<Size>,
    /// The time between two frames according to the caps.
    interval: Duration,
    /// Running time of the frame before.
    last: Option<gst::ClockTime>,
    seen: Seen,
    frames: u64,
}

#[derive(Debug, Default)]
pub struct LuchsTrack {
    settings: Mutex<Settings>,
    state: Mutex<Option<State>>,
    /// The tracker of the stream before: ids go on until NULL.
    resting: Mutex<Option<Tracker>>,
    warned: AtomicBool,
    #[cfg(test)]
    pub(super) fail: AtomicBool,
}

#[glib::object_subclass]
impl ObjectSubclass for LuchsTrack {
    const NAME: &'static str = "GstLuchsTrack";
    type Type = super::LuchsTrack;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for LuchsTrack {
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

impl GstObjectImpl for LuchsTrack {}

impl ElementImpl for LuchsTrack {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Luchs tracker",
                "Filter/Analyzer/Video",
                "Follows detected objects from frame to frame and gives each one an id",
                "The Luchs developers",
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            // Only metadata is touched, so pictures in any kind of memory will do.
            let caps = gst::Caps::builder("video/x-raw").any_features().build();
            gst_luchs_meta::pad_templates(&caps)
        });
        &TEMPLATES
    }

    fn change_state(&self, transition: gst::StateChange) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        let result = self.parent_change_state(transition);
        if transition == gst::StateChange::ReadyToNull {
            *self.resting() = None;
        }
        result
    }
}

impl BaseTransformImpl for LuchsTrack {
    const MODE: gst_base::subclass::BaseTransformMode = gst_base::subclass::BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = self.settings().tracker.clone();
        let tracker = self.resting().take().unwrap_or_else(|| Tracker::new(settings));
        self.warned.store(false, Ordering::SeqCst);
        *self.state() = Some(State {
            tracker,
            size: None,
            interval: NOMINAL_FRAME,
            last: None,
            seen: Seen::default(),
            frames: 0,
        });
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        if let Some(mut state) = self.state().take() {
            state.tracker.reset();
            *self.resting() = Some(state.tracker);
        }
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
        let size = Size { width, height };
        if let Some(state) = self.state().as_mut() {
            if state.size.is_some_and(|before| before != size) {
                gst::info!(CAT, imp = self, "Another frame size, {width}×{height}: all tracks end");
                state.forget();
            }
            state.size = Some(size);
            state.interval = structure
                .get::<gst::Fraction>("framerate")
                .ok()
                .and_then(interval)
                .unwrap_or(NOMINAL_FRAME);
        }
        Ok(())
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        match event.view() {
            gst::EventView::FlushStop(_) => {
                if let Some(state) = self.state().as_mut() {
                    state.forget();
                }
            }
            gst::EventView::Eos(_) => {
                let message = gst::message::Element::builder(self.stats()).src(&*self.obj()).build();
                if self.obj().post_message(message).is_err() {
                    gst::debug!(CAT, imp = self, "No bus for the statistics");
                }
            }
            _ => {}
        }
        self.parent_sink_event(event)
    }

    fn transform_ip(&self, buffer: &mut gst::BufferRef) -> Result<gst::FlowSuccess, gst::FlowError> {
        #[cfg(test)]
        assert!(!self.fail.load(Ordering::SeqCst), "a fault for the test");
        let settings = self.settings().clone();
        let running_time = self.running_time(buffer);
        let mut guard = self.state();
        let state = guard.as_mut().ok_or(gst::FlowError::Flushing)?;
        let size = state.size.ok_or(gst::FlowError::NotNegotiated)?;
        if *state.tracker.settings() != settings.tracker {
            state.tracker.set_settings(settings.tracker);
        }
        let elapsed = state.elapsed(running_time);
        state.frames += 1;
        if !gst_luchs_meta::was_inferred(buffer) {
            if gst_luchs_meta::is_still(buffer) {
                state.tracker.rest();
            } else {
                state.tracker.predict_only(elapsed);
            }
            // Whatever is on it, no track follows it.
            if settings.drop_untracked {
                gst_luchs_meta::update_tracks(buffer, &[]);
            }
            return Ok(gst::FlowSuccess::Ok);
        }
        let objects = gst_luchs_meta::objects(buffer, size);
        let detections: Vec<Detection> = objects.iter().map(detection).collect();
        let tracks = state.tracker.update(elapsed, &detections);
        gst::log!(CAT, imp = self, "{} detections, tracks {tracks:?}", detections.len());
        let tracks = state.seen.with_times(&tracks, running_time);
        drop(guard);
        if detections.is_empty() {
            return Ok(gst::FlowSuccess::Ok);
        }
        if objects.iter().any(|object| object.confidence.is_nan()) {
            self.warn_bare();
        }
        if settings.drop_untracked {
            gst_luchs_meta::update_tracks(buffer, &tracks);
        } else {
            gst_luchs_meta::add_tracks(buffer, &tracks);
        }
        Ok(gst::FlowSuccess::Ok)
    }
}

impl LuchsTrack {
    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn resting(&self) -> MutexGuard<'_, Option<Tracker>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says once a stream that confidences are missing.
    fn warn_bare(&self) {
        if !self.warned.swap(true, Ordering::SeqCst) {
            gst::element_imp_warning!(
                self,
                gst::StreamError::WrongType,
                ("objects come without confidence and count as certain: if an element between the detector and \
                     luchstrack dropped the parameters, put no converter or scaler between the two")
            );
        }
    }

    fn running_time(&self, buffer: &gst::BufferRef) -> Option<gst::ClockTime> {
        let segment = self.obj().segment();
        segment.downcast_ref::<gst::ClockTime>()?.to_running_time(buffer.pts()?)
    }

    fn stats(&self) -> gst::Structure {
        let guard = self.state();
        let of = |read: fn(&State) -> u64| guard.as_ref().map_or(0, read);
        gst::Structure::builder("luchs-stats")
            .field("element", "luchstrack")
            .field("frames", of(|state| state.frames))
            .field("tracks", of(|state| state.tracker.total()))
            .field("active", of(|state| state.tracker.active() as u64))
            .build()
    }
}

impl State {
    fn forget(&mut self) {
        self.tracker.reset();
        self.seen = Seen::default();
        self.last = None;
    }

    /// Time since the frame before.
    fn elapsed(&mut self, now: Option<gst::ClockTime>) -> Duration {
        let before = self.last;
        self.last = now.or(before.map(|time| time + gst::ClockTime::from_nseconds(self.interval.as_nanos() as u64)));
        match (before, now) {
            (Some(before), Some(now)) if now >= before => (now - before).into(),
            (Some(_), Some(_)) => {
                // Time went back without a flush: another stream.
                self.tracker.reset();
                self.interval
            }
            _ => self.interval,
        }
    }
}

/// The object for the tracker. Its class is known by its label, as each of several detectors counts classes from 0; its
/// confidence, if nobody has said, is full.
fn detection(object: &Object) -> Detection {
    let mut hasher = DefaultHasher::new();
    object.label.hash(&mut hasher);
    if object.label.is_empty() {
        object.label_id.hash(&mut hasher);
    }
    let confidence = if object.confidence.is_nan() {
        1.0
    } else {
        object.confidence
    };
    Detection {
        label_id: hasher.finish() as u32,
        confidence,
        ..object.detection()
    }
}

/// The time between two frames; None for a variable frame rate.
fn interval(rate: gst::Fraction) -> Option<Duration> {
    let (numerator, denominator) = (u32::try_from(rate.numer()).ok()?, u32::try_from(rate.denom()).ok()?);
    (numerator > 0 && denominator > 0).then(|| Duration::from_secs(1) * denominator / numerator)
}
