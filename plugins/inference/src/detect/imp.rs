/**
 * SECTION:element-luchsdetect
 * @see_also: luchstrack, luchsoverlay, luchspublish
 *
 * Finds objects in video with an ONNX model and attaches a #GstVideoRegionOfInterestMeta for each, with a `detection`
 * structure (`label_id`, `label`, `confidence`, `x_min`, `y_min`, `x_max`, `y_max`); from GStreamer 1.24 on also an object
 * detection entry of the frame's `GstAnalyticsRelationMeta`, for upstream's elements. Pixels are read straight from the
 * buffer's planes and never written. Models are those of the YOLO, NanoDet, SSD, DETR and other families; a directory
 * with a passport (model.toml), or a bare .onnx file whose outputs are recognised. Elements of a process that want the
 * same model in the same way share one engine.
 *
 * ## Which frames are looked at
 *
 * All, unless told otherwise: `inference-interval` looks at one out of so many; `motion-gate` passes over those on which
 * nothing moves; of a live source those are passed over behind which a newer one waits (`skip-late`). What is passed over
 * goes on at once, marked, so that `luchstrack` and `luchspublish` do not take the lack of objects for their end.
 *
 * With `scheduling-policy=latency` a frame goes on as soon as it was looked at. With `throughput` as many are in the
 * element as the engine has workers, and one more; they go on in their order, and the latency query tells how much later.
 *
 * ## Other models, and failures
 *
 * Set `model`, `device`, `model-instance-id`, `object-class` or `labels-file` while frames flow: the new model is loaded
 * beside the old one and takes its place between two frames, with an element message `luchs-model` (`name`, `model`,
 * `digest`, `device`). If it cannot be used, a warning says why, and the old one stays.
 *
 * A frame for which the model gives no numbers, or whose worker dies, goes on without objects, marked as one that nobody
 * looked at. When that begins, and every ten seconds while it lasts, there is a warning and a serialized event
 * `luchs-status` downstream with the condition `detector.failing`, and `detector.recovered` when it is over; `luchspublish`
 * tells subscribers. All else that goes wrong ends the stream with an error.
 *
 * ## What takes long
 *
 * The first time on a box that `device=auto` measures the devices, or a GPU's compiler builds its engine, progress messages
 * with the code `open` say so: when it begins, every ten seconds, and when it is done.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=street.mp4 ! decodebin ! luchsdetect model=models/yolox-nano-int8 object-class=person threshold=0.3 ! luchsoverlay ! videoconvert ! autovideosink
 * ]|
 */
use std::sync::{
    LazyLock, Mutex,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};

use gst::{glib, prelude::*, subclass::prelude::*};
use gst_base::subclass::{base_transform::GenerateOutputSuccess, prelude::*};
use gst_video::VideoInfo;

use super::{
    loader::Loader,
    lock::lock,
    open::Opened,
    properties,
    report::Liveness,
    settings::{Changed, Settings, Source},
    stats::Stats,
    stream::Stream,
};

pub(super) static CAT: LazyLock<gst::DebugCategory> =
    LazyLock::new(|| gst::DebugCategory::new("luchsdetect", gst::DebugColorFlags::empty(), Some("Luchs detector")));

#[derive(Debug)]
pub struct LuchsDetect {
    pub(super) settings: Mutex<Settings>,
    /// Counts the changes of the settings.
    pub(super) version: AtomicU64,
    /// From READY on.
    pub(super) state: Mutex<Option<Stream>>,
    // Apart from the state, so that reading them does not wait for an inference.
    pub(super) stats: Mutex<Stats>,
    pub(super) stats_interval: AtomicU32,
    pub(super) liveness: Mutex<Liveness>,
    /// Nanoseconds between two frames; 0 if the caps do not say.
    pub(super) period: AtomicU64,
    /// Frames that are held back while others are looked at.
    pub(super) held: AtomicU64,
    /// From PAUSED on: another model is opened beside the one that runs.
    streaming: AtomicBool,
    pub(super) loader: Loader,
    /// The model that takes the other's place with the next frame.
    pub(super) incoming: Mutex<Option<Opened>>,
    pub(super) has_incoming: AtomicBool,
    /// Of the model that runs, or will with the next frame.
    pub(super) in_use: Mutex<Option<Source>>,
    #[cfg(test)]
    pub(super) fail: AtomicBool,
}

impl Default for LuchsDetect {
    fn default() -> Self {
        Self {
            settings: Mutex::default(),
            version: AtomicU64::new(0),
            state: Mutex::default(),
            stats: Mutex::default(),
            stats_interval: AtomicU32::new(0),
            liveness: Mutex::new(Liveness::Unknown),
            period: AtomicU64::new(0),
            held: AtomicU64::new(0),
            streaming: AtomicBool::new(false),
            loader: Loader::default(),
            incoming: Mutex::default(),
            has_incoming: AtomicBool::new(false),
            in_use: Mutex::default(),
            #[cfg(test)]
            fail: AtomicBool::new(false),
        }
    }
}

#[glib::object_subclass]
impl ObjectSubclass for LuchsDetect {
    const NAME: &'static str = "GstLuchsDetect";
    type Type = super::LuchsDetect;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for LuchsDetect {
    fn properties() -> &'static [glib::ParamSpec] {
        properties::all()
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        let streaming = self.streaming.load(Ordering::SeqCst);
        let mut settings = lock(&self.settings);
        let before = streaming.then(|| settings.clone());
        let changed = match settings.set(pspec.name(), value) {
            Ok(changed) => changed,
            Err(err) => {
                gst::error!(CAT, imp = self, "Could not set {}: {err}", pspec.name());
                return;
            }
        };
        let refused = before.as_ref().and_then(|before| settings.restore_region(before));
        let (source, generation) = (settings.source.clone(), settings.generation);
        drop(settings);
        self.version.fetch_add(1, Ordering::AcqRel);
        if let Some(err) = refused {
            gst::element_imp_warning!(
                self,
                gst::ResourceError::Settings,
                ("{err}; the region stays as it was")
            );
            self.obj().notify_by_pspec(pspec);
        }
        if streaming && changed == Changed::Source {
            self.reopen(source, generation);
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
            self.forget_incoming();
            *lock(&self.state) = None;
            *lock(&self.in_use) = None;
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
        // What is set from here on is opened beside; what was set before, here.
        self.streaming.store(true, Ordering::SeqCst);
        self.forget_incoming();
        self.ask_liveness_again();
        let settings = lock(&self.settings).clone();
        let current = lock(&self.state)
            .as_ref()
            .is_some_and(|stream| stream.opened == settings.source);
        let started = if current && settings.region_error.is_none() {
            Ok(())
        } else {
            self.open()
        };
        if started.is_err() {
            self.streaming.store(false, Ordering::SeqCst);
        }
        started
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        self.streaming.store(false, Ordering::SeqCst);
        self.discard();
        if let Some(stream) = lock(&self.state).as_mut() {
            stream.info = None;
        }
        Ok(())
    }

    fn set_caps(&self, incaps: &gst::Caps, _outcaps: &gst::Caps) -> Result<(), gst::LoggableError> {
        let info = VideoInfo::from_caps(incaps)
            .map_err(|err| gst::loggable_error!(CAT, "Caps of no video: {incaps}: {err}"))?;
        gst::debug!(CAT, imp = self, "Frames are {incaps}");
        let rate = (u64::try_from(info.fps().numer()), u64::try_from(info.fps().denom()));
        let period = match rate {
            (Ok(frames @ 1..), Ok(seconds)) => seconds.saturating_mul(1_000_000_000) / frames,
            _ => 0,
        };
        self.period.store(period, Ordering::Relaxed);
        if let Some(stream) = lock(&self.state).as_mut() {
            stream.info = Some(info);
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
        // Whoever lends us buffers must have some left while we hold others.
        let held = u32::try_from(self.held.load(Ordering::Relaxed)).unwrap_or(0);
        if held > 0 {
            gst_luchs_meta::ask_for_buffers(query, held);
        }
        Ok(())
    }

    fn query(&self, direction: gst::PadDirection, query: &mut gst::QueryRef) -> bool {
        if direction == gst::PadDirection::Sink && query.is_serialized() {
            // Upstream wants its buffers back, or will use others.
            if self.drain().is_err() {
                gst::debug!(CAT, imp = self, "Frames could not be sent on before a query");
            }
        }
        let answered = BaseTransformImplExt::parent_query(self, direction, query);
        if direction == gst::PadDirection::Src
            && answered
            && let gst::QueryViewMut::Latency(latency) = query.view_mut()
        {
            let (live, min, max) = latency.result();
            let ours = self.latency();
            latency.set(live, min + ours, max.map(|max| max + ours));
        }
        answered
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        let kind = event.type_();
        match kind {
            gst::EventType::FlushStop => self.discard(),
            // What was before the event must be out before it.
            _ if event.is_serialized() => {
                if let Err(err) = self.drain() {
                    gst::debug!(CAT, imp = self, "Frames could not be sent on before {kind:?}: {err}");
                }
            }
            _ => {}
        }
        match kind {
            gst::EventType::Eos => self.post_stats(),
            gst::EventType::Segment | gst::EventType::FlushStop => {
                self.ask_liveness_again();
                if let Some(stream) = lock(&self.state).as_mut() {
                    stream.begin_segment();
                }
            }
            _ => {}
        }
        self.parent_sink_event(event)
    }

    fn src_event(&self, event: gst::Event) -> bool {
        if event.type_() == gst::EventType::Latency {
            self.ask_liveness_again();
        }
        self.parent_src_event(event)
    }

    fn submit_input_buffer(&self, is_discont: bool, buffer: gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        #[cfg(test)]
        assert!(!self.fail.load(Ordering::SeqCst), "a fault for the test");
        // Renegotiates if that is wanted.
        let submitted = self.parent_submit_input_buffer(is_discont, buffer)?;
        if let Some(buffer) = self.take_queued_buffer() {
            self.take_in(buffer)?;
        }
        Ok(submitted)
    }

    fn generate_output(&self) -> Result<GenerateOutputSuccess, gst::FlowError> {
        Ok(match self.next_due()? {
            Some(buffer) => GenerateOutputSuccess::Buffer(buffer),
            None => GenerateOutputSuccess::NoOutput,
        })
    }
}
