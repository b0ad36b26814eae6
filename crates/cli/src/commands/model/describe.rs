//! What is known of a model, for people.

use luchs_model::{
    Model, Passport,
    passport::{Accuracy, Latency, Made},
};

/// What is known of `model`, line by line.
pub(super) fn lines(model: &Model) -> Vec<String> {
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
    let mut parts = vec![format!("{} {:.4}", accuracy.metric, accuracy.value)];
    let interval = accuracy
        .interval
        .map(|[low, high]| format!("95 % {low:.4} to {high:.4}"));
    parts.extend(interval);
    parts.extend(accuracy.parent.map(|parent| format!("its parent {parent:.4}")));
    let change = accuracy
        .change
        .map(|[low, high]| format!("change {low:+.4} to {high:+.4}"));
    parts.extend(change);
    parts.push(format!("on {} images of {}", accuracy.images, accuracy.dataset));
    parts.extend(accuracy.device.as_ref().map(|device| format!("device {device}")));
    format!("  accuracy    {}", parts.join(", "))
}

fn latency(latency: &Latency) -> String {
    let threads = if latency.threads == 1 { "thread" } else { "threads" };
    let mut parts = vec![
        format!("{:.2} ms", latency.ms),
        format!("device {}", latency.device),
        format!("{} {threads}", latency.threads),
    ];
    parts.extend(latency.parent_ms.map(|parent| format!("its parent {parent:.2} ms")));
    parts.extend(latency.ratio.map(|ratio| format!("{ratio:.2} times as fast")));
    parts.push(latency.hardware.clone());
    format!("  latency     {}", parts.join(", "))
}
