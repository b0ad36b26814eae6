//! Luchs beside its peers: `make bench-peers`.
//!
//! Whole processes on the same model and clip, in turn, several rounds in one run, so that what else the machine does
//! falls on everyone alike.

mod counts;
mod document;
mod equality;
mod host;
mod options;
mod process;
mod rounds;
mod setup;
mod stats;
mod table;
mod variants;

use std::{fs, io::Write as _, time::Instant};

use anyhow::{Context, Result};
use clap::Parser;

use crate::{
    host::Host,
    options::Options,
    rounds::Entry,
    setup::{Clips, Model, Places},
    table::{About, Row},
    variants::Who,
};

/// Tells the person how far it is.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "bench-peers: {text}");
}

fn main() -> Result<()> {
    let options = Options::parse();
    let places = Places::prepare(&options)?;
    let clips = Clips::prepare(&options)?;
    let model = places.model(&options)?;
    let begin = Instant::now();
    let host = Host::look(&places, &options);
    let logs = options.to.join("logs");
    let (mut entries, missing) = rounds::choose(variants::all(&places, &model), &clips, &logs)?;
    for number in 0..options.rounds.max(1) {
        say(&format!("round {} of {}", number + 1, options.rounds.max(1)));
        rounds::round(&mut entries, number, &clips, &logs)?;
    }
    let upstream = entries
        .iter()
        .find(|entry| entry.variant.who == Who::Peer && !entry.variant.counts);
    let seen = upstream
        .map(|entry| equality::onnxinference(&places, &model, &clips, entry))
        .transpose()?;
    let decoded = model.family != "unknown";
    let about = About {
        model: model.name.clone(),
        clip: options
            .clip
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        frames: clips.long.0,
        rounds: options.rounds.max(1),
        seconds: begin.elapsed().as_secs_f64(),
        host,
        objects_of_onnxinference: seen.filter(|_| decoded).map(|counts| counts.objects),
        missing,
        noise: entries.iter().map(rounds::noise).fold(0.0, f64::max),
    };
    let rows = rows(&entries, &clips, &model)?;
    write(&options, &rows, &about, &entries)
}

fn rows(entries: &[Entry], clips: &Clips, model: &Model) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for entry in entries {
        let (variant, figures) = (&entry.variant, entry.figures(clips)?);
        let luchs = rounds::yardstick(entries, variant.streams, clips)?;
        let over = (
            luchs.fps.median / figures.fps.median,
            luchs.cpu_ms.median / figures.cpu_ms.median,
        );
        // Peers that do not know the family read no boxes; Luchs does.
        let boxes = entry
            .counts
            .filter(|_| variant.who == Who::Luchs || model.family != "unknown");
        rows.push(Row {
            who: variant.who,
            name: variant.name.clone(),
            streams: variant.streams,
            way: entry.way.label.clone(),
            figures,
            luchs_over: (variant.who != Who::Decoder).then_some(over),
            objects: boxes
                .filter(|_| variant.who != Who::Decoder)
                .map(|c| c.objects as f64 / f64::from(variant.streams)),
        });
    }
    Ok(rows)
}

fn write(options: &Options, rows: &[Row], about: &About, entries: &[Entry]) -> Result<()> {
    let text = table::markdown(rows, about);
    let runs: Vec<_> = entries
        .iter()
        .map(|e| serde_json::json!({"name": e.title(), "long": e.long, "short": e.short}))
        .collect();
    let json = serde_json::json!({"about": about, "rows": rows, "runs": runs});
    let put = |path: &std::path::Path, text: &str| {
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    let path = options.to.join("peers.md");
    put(&path, &text)?;
    put(&options.to.join("peers.json"), &serde_json::to_string_pretty(&json)?)?;
    let _ = write!(std::io::stdout(), "{text}");
    say(&format!("{:.0} s; the table is {}", about.seconds, path.display()));
    if let Some(document) = &options.write {
        let old = fs::read_to_string(document).with_context(|| format!("cannot read {}", document.display()))?;
        let new = document::replaced(&old, &text).with_context(|| document.display().to_string())?;
        put(document, &new)?;
        say(&format!("it is in {} too", document.display()));
    }
    Ok(())
}
