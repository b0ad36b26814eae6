//! Two cameras at one thread each beside one camera at two.

use anyhow::Result;
use luchs_benches::figures::{Figure, cell};

use crate::{
    clip::Kind,
    lab::Lab,
    lines::{Far, fast},
    report,
    rounds::{Work, interleaved},
};

pub(crate) fn run(lab: &Lab) -> Result<String> {
    let clip = lab.clip(Kind::Whole)?;
    let cases = [
        ("one camera, two threads", 1, "threads=2"),
        ("two cameras, one thread each", 2, "threads=1"),
    ];
    let cases = cases.map(|(name, streams, detect)| {
        let (line, clip) = (fast(Far::Detect, streams, detect), clip.clone());
        let work: Work<'_> = Box::new(move || lab.pipeline(&line, &clip, 1));
        (name.to_owned(), work)
    });
    let cases = interleaved(lab.rounds, cases.into())?;
    let [one, two] = cases.as_slice() else {
        return Ok(String::new());
    };
    let rounds = two.runs.iter().zip(&one.runs);
    let ratio = Figure::of(rounds.filter_map(|(two, one)| Some(two.number("/fps")? / one.number("/fps")?)));
    let rows = [
        vec![
            one.name.clone(),
            one.cell("/fps"),
            one.cell("/cpu_ms_per_frame"),
            "1".to_owned(),
        ],
        vec![
            two.name.clone(),
            two.cell("/fps"),
            two.cell("/cpu_ms_per_frame"),
            cell(ratio),
        ],
    ];
    Ok(report::table(
        "Two cameras",
        "Frames per second of all cameras together, one engine; the bar is 1.3.",
        &["", "fps", "CPU ms/frame", "ratio of fps"],
        &rows,
    ))
}
