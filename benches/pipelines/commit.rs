//! From a frame's arrival to its events on disk, live.

use anyhow::Result;
use luchs_benches::figures::cell;

use crate::{
    child::Run,
    clip::Kind,
    lab::Lab,
    lines::{Far, arrival, by_the_clock},
    report,
    rounds::{Work, interleaved},
};

pub(crate) fn run(lab: &Lab) -> Result<String> {
    let clip = lab.clip(Kind::Whole)?;
    lab.open_site()?;
    let line = by_the_clock(Far::Publish, 1, "");
    let work: Work<'_> = Box::new(move || lab.pipeline_from(&line, &clip, 2, &arrival(0)));
    let cases = interleaved(lab.rounds, vec![("one camera, live".to_owned(), work)])?;
    let detector = |run: &Run| run.of_elements("luchsdetect", "/transit_ms/p99").first().copied();
    let rows: Vec<Vec<String>> = cases
        .iter()
        .map(|case| {
            let beyond = |run: &Run| Some(run.number("/commit_latency_ms/p99")? - detector(run)?);
            let own = |run: &Run| {
                run.of_elements("luchspublish", "/stats/commit-latency-p99-ms")
                    .first()
                    .copied()
            };
            vec![
                case.name.clone(),
                case.cell("/commit_latency_ms/count"),
                case.cell("/commit_latency_ms/p50"),
                case.cell("/commit_latency_ms/p99"),
                cell(case.each(detector)),
                cell(case.each(beyond)),
                cell(case.each(own)),
            ]
        })
        .collect();
    Ok(report::table(
        "From a frame to its events on disk",
        "Milliseconds from the moment that a frame is due to the commit, of frames that had events, looked at every millisecond from \
         outside; beside it how long frames are in luchsdetect. The bar is p99 within 10 ms of inference p99. The last column is \
         what luchspublish says itself.",
        &[
            "",
            "frames with events",
            "p50",
            "p99",
            "in the detector p99",
            "p99 beyond",
            "luchspublish's p99",
        ],
        &rows,
    ))
}
