//! `luchs model show`: what a model's passport and file say.

use std::path::{Path, PathBuf};

use clap::Args;
use luchs_model::{Model, Passport, passport::Input};
use luchs_vision::TensorInfo;
use serde::Serialize;

use super::{describe::lines, source};
use crate::output::{Outcome, Sort as _, data, line, opened};

#[derive(Args)]
pub(crate) struct Show {
    /// A model's folder, or a .onnx file
    model: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn show(arguments: &Show) -> Outcome {
    let model = opened(source(&arguments.model).model())?;
    if arguments.json {
        data(serde_json::to_string(&Shown::of(&model)).environment()?);
    } else {
        lines(&model).iter().for_each(line);
    }
    Ok(())
}

/// What is known of a model, for programs.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    path: &'a Path,
    sha256: String,
    family: &'static str,
    classes: Option<usize>,
    input: ShownInput<'a>,
    outputs: Vec<ShownOutput<'a>>,
    confidence: f32,
    iou: f32,
    passport: Option<&'a Passport>,
    signer: Option<ShownSigner<'a>>,
}

#[derive(Serialize)]
struct ShownInput<'a> {
    name: &'a str,
    shape: [usize; 4],
    #[serde(flatten)]
    how: Input,
}

#[derive(Serialize)]
struct ShownOutput<'a> {
    name: &'a str,
    shape: &'a [i64],
    #[serde(rename = "type")]
    element: &'a str,
}

#[derive(Serialize)]
struct ShownSigner<'a> {
    name: &'a str,
    comment: &'a str,
}

impl<'a> Shown<'a> {
    fn of(model: &'a Model) -> Self {
        let output = |output: &'a TensorInfo| ShownOutput {
            name: &output.name,
            shape: &output.shape,
            element: &output.element,
        };
        Self {
            name: &model.name,
            path: &model.file.path,
            sha256: model.file.digest.to_string(),
            family: model.family.name(),
            classes: model.classes,
            input: ShownInput {
                name: &model.input_name,
                shape: model.input.shape(),
                how: Input::of(&model.input, false),
            },
            outputs: model.outputs.iter().map(output).collect(),
            confidence: model.thresholds.confidence,
            iou: model.thresholds.iou,
            passport: model.passport.as_ref(),
            signer: model.signer.as_ref().map(|signer| ShownSigner {
                name: &signer.name,
                comment: &signer.comment,
            }),
        }
    }
}
