//! What can be said on the command line.

use std::path::PathBuf;

use clap::Parser;

/// Runs Luchs, upstream's onnxinference, a Python loop and OpenVINO on the same model and clip, in turn
#[derive(Clone, Debug, Parser)]
pub(crate) struct Options {
    /// Directory with a passport, or a bare .onnx file
    #[arg(long)]
    pub(crate) model: PathBuf,
    /// Any footage; it is made 1080p H.264
    #[arg(long)]
    pub(crate) clip: PathBuf,
    /// How often everything is run
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Frames of each stream; all see the same ones
    #[arg(long, default_value_t = 150)]
    pub(crate) frames: u32,
    /// Where ONNX Runtime is
    #[arg(long, default_value = "target/assets")]
    pub(crate) assets: PathBuf,
    /// Where Luchs' plug-ins are
    #[arg(long, default_value = "target/release")]
    pub(crate) plugins: PathBuf,
    /// Where the peers, the clip and the results go
    #[arg(long, default_value = "target/bench")]
    pub(crate) to: PathBuf,
    /// Write the table between the marks of this file too
    #[arg(long)]
    pub(crate) write: Option<PathBuf>,
}
