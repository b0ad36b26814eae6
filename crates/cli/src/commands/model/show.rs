//! `luchs model show`: what a model's passport and file say.

use std::path::PathBuf;

use clap::Args;
use luchs_model::{
    Model, Passport,
    passport::{Accuracy, Latency, Made},
};
use luchs_vision::TensorInfo;
use serde::Serialize;

use super::source;
use crate::output::{Outcome, Sort as _, data, line, opened};

#[derive(Args)]
pub(super) struct Show {
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
    path: &'a std::path::Path,
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
    how: luchs_model::passport::Input,
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
                how: luchs_model::passport::Input::of(&model.input, false),
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

/// The same for people.
fn lines(model: &Model) -> Vec<String> {
    let input = &model.input;
    let classes = model
        .classes
        .map_or_else(|| "any number of".to_owned(), |count| count.to_string());
    let mut lines = vec![
        model.name.clone(),
        format!("  file        {}", model.file.path.display()),
        format!("  sha256      {}", model.file.digest),
        format!("  family      {}, {classes} classes", model.family),
        format!(
            "  input       {}: {}×{}, {:?} {:?} {:?}, {:?}",
            model.input_name, input.size.width, input.size.height, input.element, input.layout, input.order, input.fit
        ),
    ];
    let outputs = model.outputs.iter();
    lines.extend(outputs.map(|output| format!("  output      {}: {:?}", output.name, output.shape)));
    lines.push(format!(
        "  thresholds  confidence {}, IoU {}",
        model.thresholds.confidence, model.thresholds.iou
    ));
    match &model.passport {
        Some(passport) => described(passport, &mut lines),
        None => lines.push("  no passport: recognised by its outputs, with nothing to check it against".to_owned()),
    }
    lines.push(match &model.signer {
        Some(signer) => format!("  signed      by {} ({})", signer.name, signer.comment),
        None => "  signed      by nobody who is trusted here".to_owned(),
    });
    lines
}

fn described(passport: &Passport, lines: &mut Vec<String>) {
    let identity = &passport.model;
    if !identity.operators.is_empty() {
        let operators: Vec<_> = identity.operators.iter().map(ToString::to_string).collect();
        lines.push(format!(
            "  needs       the operator {}: device=cpu only",
            operators.join(", ")
        ));
    }
    lines.push(format!("  version     {}", identity.version));
    lines.push(format!("  licence     {}", identity.licence));
    lines.push(format!("  source      {}", identity.source));
    if let Some(made) = &passport.made {
        made_of(made, lines);
    }
    lines.extend(passport.accuracy.iter().map(accuracy));
    lines.extend(passport.latency.iter().map(latency));
}

fn made_of(made: &Made, lines: &mut Vec<String>) {
    for (at, link) in made.chain.iter().enumerate() {
        let key = if at == 0 { "from" } else { "" };
        lines.push(format!("  {key:<11} {}, sha256 {}", link.what, link.sha256));
    }
    let parent = &made.parent;
    let version = parent
        .version
        .as_ref()
        .map_or_else(String::new, |version| format!(" {version}"));
    lines.push(format!(
        "  made        of {}{version} by {}, sha256 {}",
        parent.name, made.by, parent.sha256
    ));
    let recipe = &made.recipe;
    let mut how = vec![recipe.form.clone()];
    how.extend(recipe.ranges.as_ref().map(|ranges| format!("ranges by {ranges}")));
    how.extend(
        recipe
            .pointwise
            .as_ref()
            .map(|pointwise| format!("functions by {pointwise}")),
    );
    how.extend(recipe.steps.iter().cloned());
    lines.push(format!("  recipe      {}", how.join(", ")));
    if !recipe.float.is_empty() {
        lines.push(format!("  in float    {}", recipe.float.join(", ")));
    }
    if let Some(calibration) = &made.calibration {
        let footage = calibration
            .footage
            .as_ref()
            .map_or_else(String::new, |footage| format!(" of {footage}"));
        lines.push(format!(
            "  calibrated  on {} frames{footage}, sha256 {}",
            calibration.frames, calibration.sha256
        ));
    }
    if !made.tools.is_empty() {
        let tools: Vec<_> = made
            .tools
            .iter()
            .map(|(name, version)| format!("{name} {version}"))
            .collect();
        lines.push(format!("  tools       {}", tools.join(", ")));
    }
    if let Some(reason) = &made.forced {
        lines.push(format!("  forced      against a gate: {reason}"));
    }
}

fn accuracy(accuracy: &Accuracy) -> String {
    let range = |[low, high]: [f64; 2]| format!("{low:+.4} to {high:+.4}");
    let mut text = format!("  accuracy    {} {:.4}", accuracy.metric, accuracy.value);
    if let Some([low, high]) = accuracy.interval {
        text += &format!(" ({low:.4} to {high:.4})");
    }
    if let Some(parent) = accuracy.parent {
        text += &format!(", its parent {parent:.4}");
    }
    if let Some(change) = accuracy.change {
        text += &format!(", change {}", range(change));
    }
    text += &format!(": {}, {} images", accuracy.dataset, accuracy.images);
    if let Some(device) = &accuracy.device {
        text += &format!(", on {device}");
    }
    text
}

fn latency(latency: &Latency) -> String {
    let threads = if latency.threads == 1 { "thread" } else { "threads" };
    let mut text = format!(
        "  latency     {:.2} ms on {} with {} {threads}",
        latency.ms, latency.device, latency.threads
    );
    if let Some(parent) = latency.parent_ms {
        text += &format!(", its parent {parent:.2} ms");
    }
    if let Some(ratio) = latency.ratio {
        text += &format!(", {ratio:.2} times as fast");
    }
    text + &format!(": {}", latency.hardware)
}
