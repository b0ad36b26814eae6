/**
 * SECTION:element-luchsdetect
 * @see_also: luchstrack, luchsoverlay, luchspublish
 *
 * Finds objects in video with an ONNX model and attaches a #GstVideoRegionOfInterestMeta for each, with a `detection`
 * structure (`label_id`, `label`, `confidence`, `x_min`, `y_min`, `x_max`, `y_max`). Pixels are read straight from the
 * buffer's planes and never written. Models are YOLOX, NanoDet and SSD, the latter with or without suppression inside;
 * a directory with a passport (model.toml), or a bare .onnx file whose outputs are recognised.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=street.mp4 ! decodebin ! luchsdetect model=models/yolox-nano object-class=person threshold=0.3 ! luchsoverlay ! videoconvert ! autovideosink
 * ]|
 */
use std::{
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use gst::{glib, prelude::*, subclass::prelude::*};
use gst_base::subclass::prelude::*;
use gst_video::{VideoFrameRef, VideoInfo};
use luchs_infer::Detector;
use luchs_scene::{Detection, Object};
use luchs_vision::Params;

use super::{
    frame::{size, view},
    open,
    properties::Settings,
    stats::Stats,
};

static CAT: LazyLock<gst::DebugCategory> =
    LazyLock::new(|| gst::DebugCategory::new("luchsdetect", gst::DebugColorFlags::empty(), Some("Luchs detector")));

/// From READY on.
#[derive(Debug)]
struct State {
    detector: Detector,
    params: Params,
    info: Option<VideoInfo>,
    found: Vec<Detection>,
    frames: u64,
    /// The settings that the detector was opened with.
    opened: Settings,
}

#[derive(Debug, Default)]
pub struct LuchsDetect {
    settings: Mutex<Settings>,
    state: Mutex<Option<State>>,
    // Apart from the state, so that reading them does not wait for an inference.
    stats: Mutex<Stats>,
    #[cfg(test)]
    pub(super) fail: std::sync::atomic::AtomicBool,
}

#[glib::object_subclass]
impl ObjectSubclass for LuchsDetect {
    const NAME: &'static str = "GstLuchsDetect";
    type Type = super::LuchsDetect;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for LuchsDetect {
    fn properties() -> &'static [glib::ParamSpec] {
        Settings::properties()
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        if let Err(err) = lock(&self.settings).set(pspec.name(), value) {
            gst::error!(CAT, imp = self, "Could not set {}: {err}", pspec.name());
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "stats" => lock(&self.stats).structure().to_value(),
            "active-device" => lock(&self.stats).device.to_value(),
            _ => lock(&self.settings).get(pspec),
        }
    }
}

impl GstObjectImpl for LuchsDetect {}

impl ElementImpl for LuchsDetect {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Luchs detector",
                "Filter/Analyzer/Video",
                "Finds objects in video with an ONNX model and attaches them as metadata",
                "The Luchs developers",
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let caps = gst_video::VideoCapsBuilder::new()
                .format_list(gst_luchs_meta::FORMATS)
                .build();
            gst_luchs_meta::pad_templates(&caps)
        });
        &TEMPLATES
    }

    fn change_state(&self, transition: gst::StateChange) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        if transition == gst::StateChange::NullToReady
            && let Err(message) = self.open()
        {
            gst::error!(CAT, imp = self, "{message}");
            self.post_error_message(message);
            return Err(gst::StateChangeError);
        }
        let changed = self.parent_change_state(transition);
        let opened = transition == gst::StateChange::NullToReady;
        if transition == gst::StateChange::ReadyToNull || (opened && changed.is_err()) {
            *lock(&self.state) = None;
            *lock(&self.stats) = Stats::default();
        }
        changed
    }
}

impl BaseTransformImpl for LuchsDetect {
    const MODE: gst_base::subclass::BaseTransformMode = gst_base::subclass::BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        // The model was loaded at NULL→READY, but in READY another one may be set.
        let settings = lock(&self.settings).clone();
        let current = lock(&self.state)
            .as_ref()
            .is_some_and(|state| state.opened.same_detector(&settings));
        if current { Ok(()) } else { self.open() }
    }

    fn set_caps(&self, incaps: &gst::Caps, _outcaps: &gst::Caps) -> Result<(), gst::LoggableError> {
        let info = VideoInfo::from_caps(incaps)
            .map_err(|err| gst::loggable_error!(CAT, "Caps of no video: {incaps}: {err}"))?;
        gst::debug!(CAT, imp = self, "Frames are {incaps}");
        if let Some(state) = lock(&self.state).as_mut() {
            state.info = Some(info);
        }
        Ok(())
    }

    fn propose_allocation(
        &self,
        decide_query: Option<&gst::query::Allocation>,
        query: &mut gst::query::Allocation,
    ) -> Result<(), gst::LoggableError> {
        self.parent_propose_allocation(decide_query, query)?;
        gst_luchs_meta::decline_crop(query);
        Ok(())
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        if event.type_() == gst::EventType::Eos {
            self.post_stats();
        }
        self.parent_sink_event(event)
    }

    fn transform_ip(&self, buffer: &mut gst::BufferRef) -> Result<gst::FlowSuccess, gst::FlowError> {
        #[cfg(test)]
        assert!(
            !self.fail.load(std::sync::atomic::Ordering::SeqCst),
            "a fault for the test"
        );
        let settings = lock(&self.settings).clone();
        let mut guard = lock(&self.state);
        let state = guard.as_mut().ok_or(gst::FlowError::Flushing)?;
        let turn = state.frames;
        state.frames += 1;
        if turn % u64::from(settings.inference_interval.max(1)) == 0 {
            settings.apply(state.detector.model().thresholds, &mut state.params);
            self.look(state, buffer)?;
        } else {
            gst_luchs_meta::mark_skipped(buffer);
            lock(&self.stats).skipped();
        }
        drop(guard);
        if lock(&self.stats).is_due(Duration::from_millis(settings.stats_interval.into())) {
            self.post_stats();
        }
        Ok(gst::FlowSuccess::Ok)
    }
}

impl LuchsDetect {
    fn open(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        // First out with the old: it may hold the session that goes by the same model-instance-id.
        *lock(&self.state) = None;
        let (detector, params) = open::open(&settings).map_err(|err| err.message())?;
        let (model, engine) = (detector.model(), detector.engine());
        gst::info!(
            CAT,
            imp = self,
            "model={} sha256={} family={} device={} threads={} classes={:?}",
            model.file.path.display(),
            model.file.digest,
            model.family,
            engine.active_device(),
            engine.threads(),
            model.classes
        );
        if let Some(reason) = engine.fallback() {
            gst::element_imp_warning!(
                self,
                gst::ResourceError::Settings,
                (
                    "Some or all operators of {} run on the CPU instead of {}: {reason}",
                    model.file.path.display(),
                    engine.device()
                )
            );
        }
        *lock(&self.stats) = Stats::new(engine.active_device());
        *lock(&self.state) = Some(State {
            detector,
            params,
            info: None,
            found: Vec::new(),
            frames: 0,
            opened: settings,
        });
        self.obj().notify("active-device");
        Ok(())
    }

    /// Attaches the objects of a frame to its buffer.
    fn look(&self, state: &mut State, buffer: &mut gst::BufferRef) -> Result<(), gst::FlowError> {
        let State {
            detector,
            params,
            info,
            found,
            ..
        } = state;
        let info = info.as_ref().ok_or(gst::FlowError::NotNegotiated)?;
        gst_luchs_meta::unmark_skipped(buffer);
        gst_luchs_meta::refuse_crop(buffer).map_err(|err| self.fail("cannot be looked at", &err))?;
        let mapped =
            VideoFrameRef::from_buffer_ref_readable(buffer, info).map_err(|err| self.fail("cannot be read", &err))?;
        let frame = view(&mapped, info).map_err(|err| self.fail("cannot be read", &err))?;
        let timing = detector
            .detect(&frame, None, params, found)
            .map_err(|err| self.fail("cannot be looked at", &err))?;
        drop(mapped);
        lock(&self.stats).inferred(timing, found.len());
        gst::log!(CAT, imp = self, "{} objects, {timing:?}", found.len());
        for Detection {
            rect,
            label_id,
            confidence,
        } in found
        {
            let label = detector.model().labels.name(*label_id);
            let object = Object {
                rect: *rect,
                label_id: *label_id,
                label,
                confidence: *confidence,
                track_id: None,
            };
            gst_luchs_meta::attach(buffer, size(info), &object);
        }
        Ok(())
    }

    fn fail(&self, what: &str, err: &dyn std::error::Error) -> gst::FlowError {
        gst::element_imp_error!(self, gst::StreamError::Failed, ("A frame {what}: {err}"));
        gst::FlowError::Error
    }

    fn post_stats(&self) {
        let structure = lock(&self.stats).structure();
        let message = gst::message::Element::builder(structure).src(&*self.obj()).build();
        if self.obj().post_message(message).is_err() {
            gst::debug!(CAT, imp = self, "No bus for the statistics");
        }
    }
}

/// A panic elsewhere has become an element error already; what it left is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
