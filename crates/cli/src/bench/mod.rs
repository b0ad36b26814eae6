//! `luchs bench`: what a model, or a whole pipeline, takes on this box.
//!
//! The JSON of both is described in `docs/bench.md`; a member is only ever added, or the schema's number changes.

pub(crate) mod amount;
pub(crate) mod machine;
mod model;
mod pipeline;
pub(crate) mod progress;
mod spread;
mod table;
mod usage;

use clap::Subcommand;

pub(crate) use progress::Stop;

use crate::output::Outcome;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// A model alone: frames in memory through pre-processing, the runtime and the boxes
    Model(model::Arguments),
    /// A whole GStreamer pipeline, in this process
    Pipeline(pipeline::Arguments),
}

pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::Model(arguments) => model::run(arguments),
        Command::Pipeline(arguments) => pipeline::run(arguments),
    }
}
