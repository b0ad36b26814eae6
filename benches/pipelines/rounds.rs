//! Runs cases in turn, round after round, so that what happens to the machine happens to all of them.

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};
use luchs_benches::figures::{Figure, cell};

use crate::child::Run;

/// What one case does.
pub(crate) type Work<'a> = Box<dyn Fn() -> Result<Run> + 'a>;

/// A case and its runs.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) runs: Vec<Run>,
}

impl Case {
    /// The number at `pointer` of each run.
    pub(crate) fn figure(&self, pointer: &str) -> Option<Figure> {
        Figure::of(self.runs.iter().filter_map(|run| run.number(pointer)))
    }

    /// As [`Case::figure`], for a table.
    pub(crate) fn cell(&self, pointer: &str) -> String {
        cell(self.figure(pointer))
    }

    /// CPU time of the whole process, its start included, by frame that was measured.
    pub(crate) fn whole_process(&self) -> Option<Figure> {
        Figure::of(
            self.runs
                .iter()
                .filter_map(|run| Some(run.rusage.as_secs_f64() * 1e3 / run.number("/frames")?)),
        )
    }

    /// Computed for each run.
    pub(crate) fn each(&self, compute: impl Fn(&Run) -> Option<f64>) -> Option<Figure> {
        Figure::of(self.runs.iter().filter_map(compute))
    }
}

/// Every second round goes backwards: what warms up or cools down favours nobody.
pub(crate) fn interleaved(rounds: usize, cases: Vec<(String, Work<'_>)>) -> Result<Vec<Case>> {
    let bar = ProgressBar::new((rounds * cases.len()) as u64);
    bar.set_style(ProgressStyle::with_template(
        "  {bar:40} {pos}/{len} runs, {eta} to go  {msg}",
    )?);
    let (names, works): (Vec<String>, Vec<Work<'_>>) = cases.into_iter().unzip();
    let mut done: Vec<Case> = names.into_iter().map(|name| Case { name, runs: Vec::new() }).collect();
    for round in 0..rounds {
        let mut order: Vec<usize> = (0..works.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for index in order {
            bar.set_message(done[index].name.clone());
            let run = works[index]().with_context(|| done[index].name.clone())?;
            done[index].runs.push(run);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(done)
}
