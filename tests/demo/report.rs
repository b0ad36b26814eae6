//! The figures of a run, and whether they add up.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;

/// What came of the demo; target/demo/summary.json.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    pub(crate) frames: u64,
    pub(crate) fps: f64,
    pub(crate) detections: u64,
    pub(crate) tracks: u64,
    pub(crate) events_sealed: u64,
    pub(crate) events_acknowledged: u64,
    pub(crate) events_received: u64,
    pub(crate) events_decrypted: u64,
    pub(crate) gaps: u64,
}

type Stats = BTreeMap<String, BTreeMap<String, f64>>;

impl Summary {
    /// What the elements said at the end of the stream.
    pub(crate) fn from_stats(stats: &Stats, seconds: f64) -> Result<Self> {
        let figure = |element: &str, name: &str| {
            let of = stats.iter().find(|(key, _)| key.starts_with(element));
            let value = of.and_then(|(_, values)| values.get(name)).copied();
            value
                .map(|v| v as u64)
                .with_context(|| format!("{element} did not report “{name}”"))
        };
        let frames = figure("luchsdetect", "frames")?;
        Ok(Self {
            frames,
            fps: (frames as f64 / seconds * 10.0).round() / 10.0,
            detections: figure("luchsdetect", "objects")?,
            tracks: figure("luchstrack", "tracks")?,
            events_sealed: figure("luchspublish", "events-sealed")?,
            events_acknowledged: figure("luchspublish", "events-acknowledged")?,
            ..Self::default()
        })
    }

    /// What the reader got: its events on standard output, its own count on standard error.
    pub(crate) fn add_reader(&mut self, events: &str, report: &str) -> Result<()> {
        let count: serde_json::Value = report
            .lines()
            .rev()
            .find_map(|line| serde_json::from_str(line).ok())
            .with_context(|| format!("luchs subscribe gave no count:\n{report}"))?;
        let number = |name: &str| {
            count[name]
                .as_u64()
                .with_context(|| format!("luchs subscribe did not count “{name}”"))
        };
        self.events_received = number("received")?;
        self.events_decrypted = events
            .lines()
            .filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok())
            .count() as u64;
        self.gaps = number("gaps")?;
        Ok(())
    }

    /// An error unless every event arrived and could be read.
    pub(crate) fn verdict(&self) -> Result<()> {
        let all = [self.events_acknowledged, self.events_received, self.events_decrypted];
        ensure!(self.events_sealed > 0, "no events at all");
        ensure!(
            all.iter().all(|n| *n == self.events_sealed) && self.gaps == 0,
            "events are missing: {self:?}"
        );
        Ok(())
    }
}

#[expect(clippy::print_stdout, reason = "this program talks to a person at a terminal")]
pub(crate) fn step(text: &str) {
    println!("\n\x1b[1mdemo:\x1b[0m {text}");
}

#[expect(clippy::print_stdout, reason = "this program talks to a person at a terminal")]
pub(crate) fn table(summary: &Summary, first_event: &str, files: &[&Path]) {
    println!("\nThe first event, as the reader decrypted it:\n  {first_event}\n");
    let rows = [
        ("frames", summary.frames.to_string()),
        ("frames per second", format!("{:.1}", summary.fps)),
        ("detections", summary.detections.to_string()),
        ("tracks", summary.tracks.to_string()),
        ("events sealed", summary.events_sealed.to_string()),
        ("events acknowledged", summary.events_acknowledged.to_string()),
        ("events received", summary.events_received.to_string()),
        ("events decrypted", summary.events_decrypted.to_string()),
        ("gaps", summary.gaps.to_string()),
    ];
    for (name, value) in rows {
        println!("  {name:<22}{value:>10}");
    }
    println!();
    for file in files {
        println!("  look at {}", file.display());
    }
    println!();
}
