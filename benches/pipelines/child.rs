//! One run: a process of its own, and what the kernel says that it took.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context as _, Result, ensure};
use luchs_tests::Process;
use serde_json::Value;

/// A run's report, and CPU time of the whole process by the kernel's account of children.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) report: Value,
    pub(crate) rusage: Duration,
}

impl Run {
    /// The number at `pointer`, as in `/latency_ms/p99`.
    pub(crate) fn number(&self, pointer: &str) -> Option<f64> {
        self.report.pointer(pointer).and_then(Value::as_f64)
    }

    /// Numbers of the elements of a kind, such as `luchsdetect`.
    pub(crate) fn of_elements(&self, kind: &str, pointer: &str) -> Vec<f64> {
        let elements = self.report["elements"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let of_kind = elements.iter().filter(|element| element["kind"] == kind);
        of_kind
            .filter_map(|element| element.pointer(pointer)?.as_f64())
            .collect()
    }
}

/// Ticks a second of /proc/PID/stat, on every Linux that Rust runs on.
const TICK: Duration = Duration::from_millis(10);

/// CPU time of children that have ended and were waited for.
fn of_children() -> Result<Duration> {
    let text = fs::read_to_string("/proc/self/stat")?;
    // The name in parentheses may hold anything; behind it cutime and cstime are the 14th and 15th.
    let (_, rest) = text.rsplit_once(')').context("/proc/self/stat")?;
    let ticks = rest
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|number| number.parse::<u32>().ok());
    Ok(TICK * ticks.sum::<u32>())
}

/// Runs `program` to its end; the last line of its output is a JSON object.
pub(crate) fn run(folder: &Path, program: &Path, arguments: &[String]) -> Result<Run> {
    let before = of_children()?;
    let mut process = Process::start(folder, "run", program, |command| {
        command.args(arguments);
    })?;
    let status = process.wait(600)?;
    let shown = || format!("{} {}", program.display(), arguments.join(" "));
    ensure!(status.success(), "{}: {status}\n{}", shown(), process.stderr());
    let output = process.stdout();
    let last = output
        .lines()
        .last()
        .with_context(|| format!("{} said nothing", shown()))?;
    Ok(Run {
        report: serde_json::from_str(last).with_context(shown)?,
        rusage: of_children()?.saturating_sub(before),
    })
}
