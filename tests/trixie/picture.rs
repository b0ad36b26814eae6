//! Frames of a pipeline, to look at.

use gst::prelude::*;
use gst_video::{VideoFrame, VideoInfo, prelude::*};
use luchs_scene::{Object, Rect, Size};

/// A frame in RGB, and what is on it.
pub(crate) struct Picture {
    pub(crate) size: Size,
    pub(crate) objects: Vec<Object>,
    frame: VideoFrame<gst_video::video_frame::Readable>,
}

impl Picture {
    /// The next one that comes to `sink`.
    pub(crate) fn next(sink: &gst_app::AppSink, pipeline: &gst::Pipeline) -> Self {
        let sample = sink
            .try_pull_sample(gst::ClockTime::from_seconds(60))
            .unwrap_or_else(|| {
                let error = pipeline.bus().unwrap().pop_filtered(&[gst::MessageType::Error]);
                panic!("no frame: {error:?}")
            });
        let info = VideoInfo::from_caps(sample.caps().unwrap()).unwrap();
        let size = Size {
            width: info.width(),
            height: info.height(),
        };
        let buffer = sample.buffer_owned().unwrap();
        Self {
            size,
            objects: gst_luchs_meta::objects(&buffer, size),
            frame: VideoFrame::from_buffer_readable(buffer, &info).unwrap(),
        }
    }

    /// By how much red is more than the other colours.
    pub(crate) fn redness(&self, x: u32, y: u32) -> i32 {
        let at = y as usize * self.frame.plane_stride()[0] as usize + 3 * x as usize;
        let pixel = &self.frame.plane_data(0).unwrap()[at..at + 3];
        i32::from(pixel[0]) - i32::from(pixel[1].max(pixel[2]))
    }
}

/// Points on the left and upper edge of a box, except its corners and what lies at the frame's own edge.
pub(crate) fn edge(rect: &Rect, frame: Size) -> Vec<(u32, u32)> {
    let rect = rect.clipped(frame);
    let (x, y) = (rect.x.round() as u32, rect.y.round() as u32);
    let steps = |length: f32| (1..4_u32).map(move |quarter| (length as u32 * quarter) / 4);
    let inside = |at: &(u32, u32)| (2..frame.width - 2).contains(&at.0) && (2..frame.height - 2).contains(&at.1);
    let left = steps(rect.h).map(|down| (x, y + down));
    let upper = steps(rect.w).map(|right| (x + right, y));
    left.chain(upper).filter(inside).collect()
}
