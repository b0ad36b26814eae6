//! The frames that are looked at, in memory before anything is measured.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use gst::prelude::*;
use gst_video::{VideoFrame, VideoFrameExt as _, VideoInfo, video_frame::Readable};
use luchs_scene::Size;
use luchs_vision::{Frame, FrameError, Matrix, PixelFormat, Plane, Range};

use super::{format, synthetic};

/// How many of a video; at 1080p they take 25 MB.
const COUNT: usize = 8;
/// One in so many of a video, so that they differ.
const STEP: usize = 15;

/// How long decoding them may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Why there are none.
#[derive(Debug, thiserror::Error)]
pub(super) enum FramesError {
    #[error("GStreamer does not start: {0}")]
    Start(#[from] gst::glib::Error),
    #[error("GStreamer cannot make a frame of {width}×{height} {format}: {reason}", format = format::name(*format))]
    Make {
        width: u32,
        height: u32,
        format: PixelFormat,
        reason: String,
    },
    #[error("{path}: no such file to take frames from: give --input a picture or a video", path = path.display())]
    NoFile { path: PathBuf },
    #[error("{path}: no frame could be decoded: {reason}; give --input a picture or a video that GStreamer plays here", path = path.display())]
    Decode { path: PathBuf, reason: String },
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// Frames of one size and format.
pub(super) struct Frames {
    list: Vec<VideoFrame<Readable>>,
    format: PixelFormat,
    size: Size,
}

impl Frames {
    /// Of `input`, or made up.
    pub(super) fn new(input: Option<&Path>, size: Size, format: PixelFormat) -> Result<Self, FramesError> {
        gst::init()?;
        let failed = |reason: &dyn std::fmt::Display| FramesError::Make {
            width: size.width,
            height: size.height,
            format,
            reason: reason.to_string(),
        };
        let info = VideoInfo::builder(format::of_gstreamer(format), size.width, size.height)
            .build()
            .map_err(|error| failed(&error))?;
        let frames = match input {
            Some(path) => decoded(path, &info)?,
            None => vec![made_up(size, &info).map_err(|error| failed(&error))?],
        };
        Ok(Self {
            list: frames,
            format,
            size,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Frame `number`, beginning again after the last.
    pub(super) fn get(&self, number: usize) -> Result<Frame<'_>, FrameError> {
        let frame = &self.list[number % self.list.len()];
        let mut planes = [Plane::default(); 3];
        let count = self.format.planes();
        for (index, plane) in (0..).zip(&mut planes[..count]) {
            *plane = Plane {
                data: frame.plane_data(index).unwrap_or_default(),
                stride: frame.plane_stride()[index as usize].unsigned_abs() as usize,
            };
        }
        Frame::new(self.format, self.size, &planes[..count], Matrix::Bt709, Range::Limited)
    }
}

fn made_up(size: Size, info: &VideoInfo) -> Result<VideoFrame<Readable>, gst::glib::BoolError> {
    let rgb = VideoInfo::builder(gst_video::VideoFormat::Rgb, size.width, size.height)
        .stride(&[size.width as i32 * 3])
        .offset(&[0])
        .build()?;
    let pixels = synthetic::picture(size);
    let source = VideoFrame::from_buffer_readable(gst::Buffer::from_slice(pixels), &rgb).map_err(lost)?;
    let target = gst::Buffer::with_size(info.size())?;
    let mut target = VideoFrame::from_buffer_writable(target, info).map_err(lost)?;
    gst_video::VideoConverter::new(&rgb, info, None)?.frame(&source, &mut target);
    VideoFrame::from_buffer_readable(target.into_buffer(), info).map_err(lost)
}

fn lost(_buffer: gst::Buffer) -> gst::glib::BoolError {
    gst::glib::bool_error!("the memory cannot be mapped")
}

fn decoded(path: &Path, info: &VideoInfo) -> Result<Vec<VideoFrame<Readable>>, FramesError> {
    if !path.is_file() {
        return Err(FramesError::NoFile { path: path.into() });
    }
    let failed = |reason: String| FramesError::Decode {
        path: path.into(),
        reason,
    };
    let line = "filesrc name=file ! decodebin ! videoconvert ! videoscale ! appsink name=sink sync=false max-buffers=2";
    let pipeline = gst::parse::launch(line)?
        .downcast::<gst::Pipeline>()
        .map_err(|_| failed("no pipeline".to_owned()))?;
    if let Some(file) = pipeline.by_name("file") {
        file.set_property("location", path.to_string_lossy().as_ref());
    }
    let sink = pipeline.by_name("sink").and_downcast::<gst_app::AppSink>();
    let sink = sink.ok_or_else(|| failed("no sink".to_owned()))?;
    let caps = info.to_caps().map_err(|error| failed(error.to_string()))?;
    sink.set_caps(Some(&caps));
    let started = pipeline.set_state(gst::State::Playing);
    let mut frames = Vec::new();
    let mut number = 0;
    let mut error = None;
    let until = Instant::now() + PATIENCE;
    while started.is_ok() && frames.len() < COUNT && error.is_none() && !sink.is_eos() && Instant::now() < until {
        // An element that fails ends nothing by itself, so the bus is watched.
        error = pipeline
            .bus()
            .and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
        let Some(sample) = sink.try_pull_sample(gst::ClockTime::from_mseconds(20)) else {
            continue;
        };
        if number % STEP == 0
            && let Some(buffer) = sample.buffer_owned()
        {
            let frame = VideoFrame::from_buffer_readable(buffer, info);
            frames.push(frame.map_err(|_| failed("a frame cannot be mapped".to_owned()))?);
        }
        number += 1;
    }
    error = error.or_else(|| pipeline.bus()?.pop_filtered(&[gst::MessageType::Error]));
    let _stopped = pipeline.set_state(gst::State::Null);
    if frames.is_empty() {
        let reason = error.as_ref().and_then(|message| match message.view() {
            gst::MessageView::Error(error) => Some(error.error().to_string()),
            _ => None,
        });
        return Err(failed(reason.unwrap_or_else(|| "it has no video".to_owned())));
    }
    Ok(frames)
}
