//! `luchs eval`: measure against labels, through the code that runs in the pipelines.

mod agree;
mod detect;
mod mot;
mod track;

use clap::Subcommand;

use crate::output::Outcome;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Average precision (COCO protocol) of a model on labelled images
    Detect(detect::Arguments),
    /// How far two models find the same, without labels
    Agree(agree::Arguments),
    /// Track the objects of a video, or of a file of detections, into a MOTChallenge file
    Track(track::Arguments),
}

pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Detect(arguments) => detect::run(&arguments),
        Command::Agree(arguments) => agree::run(&arguments),
        Command::Track(arguments) => track::run(&arguments),
    }
}
