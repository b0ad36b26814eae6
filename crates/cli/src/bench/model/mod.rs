//! `luchs bench model`.

mod format;
mod frames;
mod measure;
mod report;
mod stream;
mod synthetic;

use std::{num::NonZero, path::PathBuf, time::Duration};

use clap::Args;
use luchs_infer::Device;
use luchs_scene::Size;
use luchs_vision::PixelFormat;

use super::amount;
use crate::output::Outcome;

#[derive(Args)]
pub(crate) struct Arguments {
    /// A model's folder, or a .onnx file
    model: PathBuf,
    /// Class names of a bare .onnx, one a line
    #[arg(long, value_name = "FILE")]
    labels_file: Option<PathBuf>,
    /// Where to run: auto, cpu, cuda[:n], tensorrt[:n], openvino[:DEVICE]
    #[arg(long, default_value = "auto")]
    device: Device,
    /// CPU threads that compute one frame together; 0 for the number of physical cores
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: u16,
    /// So many cameras at once, each as fast as it can
    #[arg(long, value_name = "N", default_value = "1")]
    streams: NonZero<u8>,
    /// Frames that are computed at the same time; 0 for the number of physical cores
    #[arg(long, value_name = "N", default_value_t = 0)]
    workers: u16,
    /// Frames of one stream under way at a time: 1 for the shortest latency, more for more frames per second
    #[arg(long, value_name = "N", default_value = "1")]
    in_flight: NonZero<u8>,
    /// Give each stream an engine of its own instead of one for all
    #[arg(long)]
    separate: bool,
    /// How long to measure, warm-up not counted
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = amount::time)]
    duration: Duration,
    /// End earlier, after so many frames of all streams together
    #[arg(long, value_name = "N")]
    frames: Option<NonZero<u64>>,
    /// Not measured at the beginning
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = amount::time)]
    warm_up: Duration,
    /// Size of the frames
    #[arg(long, value_name = "WxH", default_value = "1920x1080", value_parser = amount::size)]
    frame_size: Size,
    /// Pixels of the frames: nv12, i420, rgb, bgr, rgba, bgra, rgbx, bgrx, gray8
    #[arg(long, default_value = "nv12", value_parser = format::parse)]
    format: PixelFormat,
    /// A picture or a video to take the frames from, instead of a made-up one
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// One JSON object, described in docs/bench.md
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let report = measure::measure(arguments)?;
    report.show(arguments.json)
}
