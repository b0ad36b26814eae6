//! The report in Markdown: to standard output as it grows, and into target/bench/report.md.

use std::{fmt::Write as _, fs, num::NonZero, path::PathBuf};

use anyhow::{Context as _, Result};

use crate::{clip::Kind, lab::Lab, say};

pub(crate) struct Report {
    text: String,
    path: PathBuf,
}

impl Report {
    /// With what it is about and what it was measured on.
    pub(crate) fn begin(lab: &Lab) -> Result<Self> {
        let mut report = Self {
            text: String::new(),
            path: lab.folder().join("report.md"),
        };
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let cpu = info
            .lines()
            .find_map(|line| Some(line.strip_prefix("model name")?.split_once(':')?.1.trim()));
        let cpus = std::thread::available_parallelism().map_or(1, NonZero::get);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load: f64 = load
            .split_whitespace()
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or_default();
        let busy = if load > cpus as f64 * 0.25 {
            " **The machine was busy: only ratios of this run mean anything.**"
        } else {
            ""
        };
        let clip = lab.clip(Kind::Whole)?;
        report.add(&format!(
            "# Pipelines\n\n{cpus} × {}, load {load:.1} before.{busy} Model {}, clip {}. {} rounds, each case in turn; \
             median (least..most).\n",
            cpu.unwrap_or("CPU"),
            lab.model().display(),
            clip.file_name().unwrap_or_default().to_string_lossy(),
            lab.rounds
        ))?;
        Ok(report)
    }

    #[expect(clippy::print_stdout, reason = "the report is this program's result")]
    pub(crate) fn add(&mut self, section: &str) -> Result<()> {
        println!("{section}");
        self.text += section;
        self.text.push('\n');
        let folder = self.path.parent().context("a folder")?;
        fs::create_dir_all(folder)?;
        fs::write(&self.path, &self.text).with_context(|| self.path.display().to_string())
    }

    pub(crate) fn end(&self) {
        say(&format!("also in {}", self.path.display()));
    }
}

/// A section with a table.
pub(crate) fn table(title: &str, about: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("## {title}\n\n{about}\n\n");
    // Writing to a string cannot fail.
    let _written = writeln!(text, "| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        let _written = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}
