//! Many cameras at 5 frames per second: does each get its share?

use anyhow::Result;
use luchs_benches::figures::{Figure, cell};

use crate::{
    clip::Kind,
    lab::Lab,
    lines::{Far, by_the_clock},
    report,
    rounds::{Work, interleaved},
};

pub(crate) fn run(lab: &Lab) -> Result<String> {
    let clip = lab.clip(Kind::Slow)?;
    let line = by_the_clock(Far::Track, lab.cameras, "threads=1");
    let work: Work<'_> = Box::new(move || lab.pipeline(&line, &clip, 2));
    let cases = interleaved(lab.rounds, vec![(format!("{} cameras", lab.cameras), work)])?;
    let inferred = |run: &crate::child::Run| Figure::of(run.of_elements("luchsdetect", "/stats/inferences"));
    let rows: Vec<Vec<String>> = cases
        .iter()
        .map(|case| {
            let ratio = case.each(|run| inferred(run).map(|figure| figure.most / figure.least));
            let least = case.each(|run| inferred(run).map(|figure| figure.least));
            let most = case.each(|run| inferred(run).map(|figure| figure.most));
            let p99 = case.each(|run| {
                run.of_elements("luchsdetect", "/transit_ms/p99")
                    .into_iter()
                    .reduce(f64::max)
            });
            let dropped = case.each(|run| {
                let streams = run.report["streams"].as_array()?;
                Some(streams.iter().filter_map(|stream| stream["dropped"].as_f64()).sum())
            });
            vec![
                case.name.clone(),
                case.cell("/fps"),
                cell(least),
                cell(most),
                cell(ratio),
                cell(dropped),
                cell(p99),
                case.cell("/cpu_cores"),
            ]
        })
        .collect();
    Ok(report::table(
        "Many cameras",
        "Each at 5 frames per second by the clock, all of them showing their frames at the same moments, which is the worst \
         case; frames that nobody takes in time are dropped before the detector. The bar is 1.05 for most over least.",
        &[
            "",
            "fps of all",
            "inferred, least",
            "inferred, most",
            "most over least",
            "dropped",
            "in the detector p99, worst camera",
            "cores busy",
        ],
        &rows,
    ))
}
