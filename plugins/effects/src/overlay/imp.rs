/**
 * SECTION:element-luchsoverlay
 *
 * Draws what was found onto the picture, in place: a box around each object of the frame's
 * `GstVideoRegionOfInterestMeta` and (from GStreamer 1.24 on) `GstAnalyticsRelationMeta`, and above it class, track id
 * and confidence. A track keeps its colour.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=street.mp4 ! decodebin ! luchsdetect model=model.onnx ! luchstrack ! luchsoverlay ! videoconvert ! autovideosink
 * ]|
 */
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use gst::{glib, subclass::prelude::*};
use gst_base::subclass::prelude::*;
use gst_video::{VideoFormat, VideoFrameRef, VideoInfo, prelude::*};
use luchs_scene::Size;

use super::{
    canvas::{Canvas, Colorimetry, Layout, Plane},
    draw::{Style, draw},
    properties,
};

static CAT: LazyLock<gst::DebugCategory> =
    LazyLock::new(|| gst::DebugCategory::new("luchsoverlay", gst::DebugColorFlags::empty(), Some("Luchs overlay")));

#[derive(Debug)]
struct State {
    info: VideoInfo,
    layout: Layout,
}

#[derive(Debug, Default)]
pub struct LuchsOverlay {
    settings: Mutex<Style>,
    state: Mutex<Option<State>>,
    #[cfg(test)]
    pub(super) fail: std::sync::atomic::AtomicBool,
}

#[glib::object_subclass]
impl ObjectSubclass for LuchsOverlay {
    const NAME: &'static str = "GstLuchsOverlay";
    type Type = super::LuchsOverlay;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for LuchsOverlay {
    fn properties() -> &'static [glib::ParamSpec] {
        properties::properties()
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        if let Err(err) = properties::set(&mut self.settings(), pspec.name(), value) {
            gst::error!(CAT, imp = self, "Could not set {}: {err}", pspec.name());
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        properties::get(&self.settings(), pspec)
    }
}

impl GstObjectImpl for LuchsOverlay {}

impl ElementImpl for LuchsOverlay {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Luchs overlay",
                "Filter/Effect/Video",
                "Draws detected objects onto the picture: boxes, labels, ids",
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
}

impl BaseTransformImpl for LuchsOverlay {
    const MODE: gst_base::subclass::BaseTransformMode = gst_base::subclass::BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        *self.state() = None;
        Ok(())
    }

    fn set_caps(&self, incaps: &gst::Caps, _outcaps: &gst::Caps) -> Result<(), gst::LoggableError> {
        let info = VideoInfo::from_caps(incaps)
            .map_err(|err| gst::loggable_error!(CAT, "no picture format in caps {incaps}: {err}"))?;
        let layout = layout(info.format())
            .ok_or_else(|| gst::loggable_error!(CAT, "cannot draw on pictures in {}", info.format()))?;
        *self.state() = Some(State { info, layout });
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

    fn transform_ip(&self, buffer: &mut gst::BufferRef) -> Result<gst::FlowSuccess, gst::FlowError> {
        #[cfg(test)]
        assert!(
            !self.fail.load(std::sync::atomic::Ordering::SeqCst),
            "a fault for the test"
        );
        let style = self.settings().clone();
        let guard = self.state();
        let State { info, layout } = guard.as_ref().ok_or(gst::FlowError::NotNegotiated)?;
        let size = Size {
            width: info.width(),
            height: info.height(),
        };
        let objects = gst_luchs_meta::objects(buffer, size);
        // Mapping for writing may copy the frame, so not without need.
        if objects.is_empty() {
            return Ok(gst::FlowSuccess::Ok);
        }
        gst_luchs_meta::refuse_crop(buffer).map_err(|err| self.fail(&err))?;
        let mut frame = VideoFrameRef::from_buffer_ref_writable(buffer, info).map_err(|err| self.fail(&err))?;
        let strides: Vec<usize> = frame
            .plane_stride()
            .iter()
            .take(info.n_planes() as usize)
            .map(|s| usize::try_from(*s).unwrap_or(0))
            .collect();
        let data = frame.planes_data_mut();
        let planes = data
            .into_iter()
            .zip(strides)
            .map(|(data, stride)| Plane { data, stride })
            .collect();
        draw(
            &mut Canvas::new(*layout, colorimetry(info), size, planes),
            &objects,
            &style,
        );
        Ok(gst::FlowSuccess::Ok)
    }
}

impl LuchsOverlay {
    fn settings(&self) -> MutexGuard<'_, Style> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, err: &dyn std::error::Error) -> gst::FlowError {
        gst::element_imp_error!(self, gst::StreamError::Failed, ("A frame cannot be drawn on: {err}"));
        gst::FlowError::Error
    }

    fn state(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn layout(format: VideoFormat) -> Option<Layout> {
    Some(match format {
        VideoFormat::Nv12 => Layout::Nv12,
        VideoFormat::I420 => Layout::I420,
        VideoFormat::Rgb => Layout::Rgb { step: 3 },
        VideoFormat::Bgr => Layout::Bgr { step: 3 },
        VideoFormat::Rgba | VideoFormat::Rgbx => Layout::Rgb { step: 4 },
        VideoFormat::Bgra | VideoFormat::Bgrx => Layout::Bgr { step: 4 },
        VideoFormat::Gray8 => Layout::Gray,
        _ => return None,
    })
}

fn colorimetry(info: &VideoInfo) -> Colorimetry {
    let stated = info.colorimetry();
    let full_range = stated.range() == gst_video::VideoColorRange::Range0_255;
    match gst_luchs_meta::color_matrix(info).kr_kb() {
        Ok((kr, kb)) => Colorimetry { kr, kb, full_range },
        Err(_) => Colorimetry {
            full_range,
            ..Colorimetry::BT601
        },
    }
}
