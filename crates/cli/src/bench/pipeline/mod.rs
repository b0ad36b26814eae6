//! `luchs bench pipeline`: the pipeline runs in this process.
//!
//! As a child of `gst-launch-1.0` it would be what people run to the letter, but nobody could look into it: pads could
//! not be probed, threads and memory would be known only from outside, and the plug-ins might be of another build. The
//! process does nothing else, so what the kernel counts for it is the pipeline's; `benches/pipelines` runs it as a child.

mod commit;
mod elements;
mod graph;
mod line;
mod probes;
mod report;
mod run;
mod span;
mod start;
mod watch;

use std::{num::NonZero, path::PathBuf, time::Duration};

use clap::Args;

use super::amount;
use crate::output::Outcome;

#[derive(Args)]
pub(crate) struct Arguments {
    /// A line for gst-launch-1.0, as one argument or as many: videotestsrc ! luchsdetect model=… ! fakesink
    #[arg(value_name = "LINE", trailing_var_arg = true, required_unless_present = "file")]
    line: Vec<String>,
    /// A file with the line, as in pipelines/
    #[arg(long, value_name = "FILE", conflicts_with = "line")]
    file: Option<PathBuf>,
    /// What stands for ${NAME} in the line; may be given more than once
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = line::assignment)]
    values: Vec<(String, String)>,
    /// How long to measure, warm-up not counted; the end of the stream ends it too
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = amount::time)]
    duration: Duration,
    /// End earlier, after so many frames of all streams together
    #[arg(long, value_name = "N")]
    frames: Option<NonZero<u64>>,
    /// Not measured, from the first frame on
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = amount::time)]
    warm_up: Duration,
    /// How long to wait for the first frame
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = amount::time)]
    start_timeout: Duration,
    /// Measure latency from the output of this element; by default the decoder or source
    #[arg(long, value_name = "ELEMENT")]
    from: Option<String>,
    /// Measure latency to the output of this element; by default the sink, or what encodes the pictures before it
    #[arg(long, value_name = "ELEMENT")]
    to: Option<String>,
    /// One JSON object, described in docs/bench.md
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    run::run(arguments)?.show(arguments.json)
}
