//! Frames out of a pipeline, as they were decoded.

use gst::prelude::*;
use gst_video::{VideoFrameRef, VideoInfo};
use gstluchsinference::detect::frame::view;
use luchs_optimise::footage::{Collector, FootageError};

/// The end of every line: what luchsdetect reads stays as it is, the rest is converted.
pub(super) const TAIL: &str = "videoconvert ! appsink name=sink sync=false max-buffers=2";

/// A pipeline that is stopped when it goes.
pub(super) struct Pump {
    pub(super) pipeline: gst::Pipeline,
    pub(super) sink: gst_app::AppSink,
    name: String,
}

/// An element's error on the bus.
pub(super) struct BusError {
    pub(super) error: gst::glib::Error,
    pub(super) debug: Option<String>,
}

impl Pump {
    /// Of a launch line that ends in [`TAIL`]; `name` is for messages.
    pub(super) fn new(line: &str, name: &str) -> Result<Self, FootageError> {
        let missing = |reason: String| FootageError::Decoder(reason);
        gst::init().map_err(|error| missing(format!("GStreamer does not start: {error}")))?;
        let element =
            gst::parse::launch(line).map_err(|error| missing(format!("GStreamer lacks something: {error}")))?;
        let pipeline = element
            .downcast::<gst::Pipeline>()
            .map_err(|_| missing("no pipeline".to_owned()))?;
        let sink = pipeline.by_name("sink").and_downcast::<gst_app::AppSink>();
        let sink = sink.ok_or_else(|| missing("no sink".to_owned()))?;
        let formats = gst_luchs_meta::FORMATS;
        sink.set_caps(Some(&gst_video::VideoCapsBuilder::new().format_list(formats).build()));
        Ok(Self {
            pipeline,
            sink,
            name: name.to_owned(),
        })
    }

    pub(super) fn set(&self, state: gst::State) -> Result<(), FootageError> {
        match self.pipeline.set_state(state) {
            Ok(_) => Ok(()),
            // The bus knows why.
            Err(error) => Err(self.failed(self.error().map_or(error.to_string(), |told| told.text()))),
        }
    }

    /// The first error of an element.
    pub(super) fn error(&self) -> Option<BusError> {
        let message = self.pipeline.bus()?.pop_filtered(&[gst::MessageType::Error])?;
        match message.view() {
            gst::MessageView::Error(error) => Some(BusError {
                error: error.error(),
                debug: error.debug().map(|debug| debug.to_string()),
            }),
            _ => None,
        }
    }

    pub(super) fn failed(&self, reason: impl Into<String>) -> FootageError {
        FootageError::Decode {
            name: self.name.clone(),
            reason: reason.into(),
        }
    }

    /// Gives the frame of `sample` away.
    pub(super) fn give(&self, sample: &gst::Sample, into: &mut Collector<'_>) -> Result<(), FootageError> {
        let unreadable = || self.failed("a frame cannot be read");
        let info = sample
            .caps()
            .and_then(|caps| VideoInfo::from_caps(caps).ok())
            .ok_or_else(unreadable)?;
        let buffer = sample.buffer().ok_or_else(unreadable)?;
        let mapped = VideoFrameRef::from_buffer_ref_readable(buffer, &info).map_err(|_| unreadable())?;
        let frame = view(&mapped, &info).map_err(|error| self.failed(error.to_string()))?;
        into.take(&frame)
    }
}

impl BusError {
    /// For a person.
    pub(super) fn text(&self) -> String {
        self.error.message().trim_end_matches('.').to_owned()
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        let _stopped = self.pipeline.set_state(gst::State::Null);
    }
}
