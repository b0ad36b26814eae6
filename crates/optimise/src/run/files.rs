//! The files of a result.

use std::{fs, io, path::Path};

use luchs_report::{Language, Report, optimise::Candidate};

use super::{RunError, entry::input, passport, result::Parts, verdict::Judged};
use crate::{
    passport::Draft,
    work::{REPORT, WorkError},
};

/// Folder of the variant with standard operators.
pub(super) const STANDARD: &str = "standard";
/// What is put behind the name of the folder of a report without a model.
pub(super) const REJECTED: &str = ".rejected";
const PAGE: &str = "report.html";
const TABLE: &str = "candidates.csv";

/// Puts the model of entry `index` into `folder`, with a passport that says how it was made and how good it is.
pub(super) fn model(parts: &Parts<'_, '_>, judged: &Judged, index: usize, folder: &Path) -> Result<(), RunError> {
    let entry = &parts.entries[index];
    let at = |source: io::Error| WorkError::disk(folder, source);
    let Some(made) = entry.made.map(|made| &parts.made.list[made]) else {
        return Ok(copy(&entry.folder, folder).map_err(at)?);
    };
    let (parent, candidate) = (parts.originals.first().runner.model(), &judged.candidates[index]);
    let device = entry.device.to_string();
    let draft = Draft {
        parent,
        suffix: &made.name,
        input: input(parent.input, &made.input),
        operators: made.operators(),
        made: Some(passport::made(parts, made, candidate)),
        accuracy: passport::accuracy(parts, candidate, &device),
        latency: passport::latency(candidate, &parts.plan.clock.watch().machine().cpu),
    };
    draft.write(folder, &entry.onnx).map_err(at)?;
    Ok(())
}

/// The files of a model of somebody else, as they are.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if path.is_file()
            && let Some(name) = path.file_name()
        {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// The report in all its forms.
pub(super) fn report(report: &Report, judged: &Judged, language: Language, folder: &Path) -> Result<(), RunError> {
    let json = report.to_json().map_err(|error| RunError::Report(error.to_string()))?;
    let files = [
        (REPORT, json),
        (PAGE, report.html(language)),
        (TABLE, table(&judged.candidates)),
    ];
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|source| WorkError::disk(&path, source))?;
    }
    Ok(())
}

/// All candidates, one a line (RFC 4180); what was not measured is empty.
fn table(candidates: &[Candidate]) -> String {
    const HEAD: &str =
        "name,outcome,device,threads,ms,times_as_fast,map,map_drop,ap50,agreement,score_error,bytes,sha256\r\n";
    let mut text = HEAD.to_owned();
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.5}"));
    for candidate in candidates {
        let speed = candidate.speeds.first();
        let outcome = serde_json::to_value(&candidate.verdict).unwrap_or_default();
        let fields = [
            quoted(&candidate.name),
            outcome["outcome"].as_str().unwrap_or_default().to_owned(),
            speed.map_or_else(String::new, |speed| quoted(&speed.device)),
            speed.map_or_else(String::new, |speed| speed.threads.to_string()),
            number(speed.map(|speed| speed.ms)),
            number(speed.map(|speed| speed.ratio.value)),
            number(candidate.precision.map(|precision| precision.map)),
            number(candidate.precision.map(|precision| precision.map_drop.value)),
            number(candidate.precision.map(|precision| precision.ap50)),
            number(candidate.agreement.map(|agreement| agreement.agreement.value)),
            number(candidate.agreement.map(|agreement| agreement.score_error.value)),
            candidate.bytes.map_or_else(String::new, |bytes| bytes.to_string()),
            candidate.digest.clone().unwrap_or_default(),
        ];
        text += &fields.join(",");
        text += "\r\n";
    }
    text
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
