//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Whole pipelines as processes, interleaved, as a table in Markdown.
#[derive(Debug, Parser)]
#[command(name = "pipelines")]
pub(crate) struct Options {
    /// Which questions to answer; all of them if none is named
    #[arg(value_enum)]
    pub(crate) scenarios: Vec<Scenario>,
    /// A model's folder, or a .onnx file [default: the demo's]
    #[arg(long, value_name = "PATH")]
    pub(crate) model: Option<PathBuf>,
    /// A video; it is made into H.264 of --frame-size first [default: the demo's]
    #[arg(long, value_name = "FILE")]
    pub(crate) clip: Option<PathBuf>,
    /// Where the model runs; the bare runtime always runs on the CPU
    #[arg(long, default_value = "cpu")]
    pub(crate) device: String,
    /// How often each pipeline runs; the middle one counts
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) rounds: usize,
    /// How long each run is measured at most
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(crate) seconds: u32,
    /// Width and height of the frames
    #[arg(long, value_name = "WxH", default_value = "1920x1080")]
    pub(crate) frame_size: String,
    /// Simulated cameras of the scenario `many`
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub(crate) cameras: usize,
    /// Cargo says so to benchmarks
    #[arg(long, hide = true)]
    bench: bool,
}

/// One question each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Decode, detect, track, publish, with 1, 2 and 4 streams, for latency and for throughput
    Matrix,
    /// CPU per frame beside decoding alone plus the bare runtime
    Overhead,
    /// Two cameras at one thread each beside one camera at two threads
    Two,
    /// Memory of a further camera
    Memory,
    /// Many cameras at 5 frames per second: does one of them starve?
    Many,
    /// The motion gate: CPU and track starts
    Motion,
    /// From a frame's arrival to the commit of its events
    Commit,
}
