//! Looking into video files.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use gst::prelude::*;
use gst_video::prelude::*;
use image::RgbImage;

/// How many frames a clip has, by its duration and frame rate.
pub fn frame_count(path: &Path) -> Result<u64> {
    let (pipeline, sink) = open(path, "")?;
    let sample = sink.pull_preroll().context("no first frame")?;
    let info = gst_video::VideoInfo::from_caps(sample.caps().context("no caps")?)?;
    let duration = pipeline.query_duration::<gst::ClockTime>().context("no duration")?;
    pipeline.set_state(gst::State::Null)?;
    let (number, of) = (
        u64::from(info.fps().numer().unsigned_abs()),
        u64::from(info.fps().denom().unsigned_abs()),
    );
    duration
        .nseconds()
        .mul_div_round(number, of * 1_000_000_000)
        .context("frame rate")
}

/// `count` pictures spread evenly over the `frames` frames of a clip.
pub fn samples(path: &Path, frames: u64, count: u64) -> Result<Vec<RgbImage>> {
    let (pipeline, sink) = open(path, "videoconvert ! video/x-raw,format=RGB ! ")?;
    pipeline.set_state(gst::State::Playing)?;
    let mut pictures = Vec::new();
    let mut number = 0;
    while let Ok(sample) = sink.pull_sample() {
        let step = (frames / count).max(1);
        if number % step == step / 2 && (pictures.len() as u64) < count {
            pictures.push(picture(&sample)?);
        }
        number += 1;
    }
    pipeline.set_state(gst::State::Null)?;
    Ok(pictures)
}

fn open(path: &Path, convert: &str) -> Result<(gst::Pipeline, gst_app::AppSink)> {
    gst::init()?;
    let line = format!(
        "filesrc location=\"{}\" ! decodebin ! {convert}appsink name=sink sync=false",
        path.display()
    );
    let pipeline = gst::parse::launch(&line)?
        .downcast::<gst::Pipeline>()
        .map_err(|_| anyhow!("no pipeline"))?;
    let sink = pipeline
        .by_name("sink")
        .and_downcast::<gst_app::AppSink>()
        .context("no sink")?;
    pipeline.set_state(gst::State::Paused)?;
    pipeline
        .state(gst::ClockTime::from_seconds(20))
        .0
        .with_context(|| format!("could not open {}", path.display()))?;
    Ok((pipeline, sink))
}

fn picture(sample: &gst::Sample) -> Result<RgbImage> {
    let info = gst_video::VideoInfo::from_caps(sample.caps().context("no caps")?)?;
    let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(sample.buffer().context("no buffer")?, &info)?;
    let (stride, width) = (frame.plane_stride()[0] as usize, frame.width() as usize * 3);
    let rows = frame.plane_data(0)?.chunks(stride).take(frame.height() as usize);
    let pixels: Vec<u8> = rows.flat_map(|row| &row[..width]).copied().collect();
    RgbImage::from_raw(frame.width(), frame.height(), pixels).context("a frame of another size than its caps say")
}
