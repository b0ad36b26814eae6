//! Memory of a further camera: with the detector, and without it.

use anyhow::Result;
use luchs_benches::figures::{Figure, cell};

use crate::{
    clip::Kind,
    lab::Lab,
    lines::{Far, by_the_clock},
    report,
    rounds::{Case, Work, interleaved},
};

const FEW: usize = 1;
const MANY: usize = 5;

pub(crate) fn run(lab: &Lab) -> Result<String> {
    let clip = lab.clip(Kind::Slow)?;
    let mut cases: Vec<(String, Work<'_>)> = Vec::new();
    for (far, streams) in [
        (Far::Decode, FEW),
        (Far::Decode, MANY),
        (Far::Detect, FEW),
        (Far::Detect, MANY),
    ] {
        let (line, clip) = (by_the_clock(far, streams, "threads=1"), clip.clone());
        cases.push((
            format!("{} × {streams}", far.name()),
            Box::new(move || lab.pipeline(&line, &clip, 2)),
        ));
    }
    let cases = interleaved(lab.rounds, cases)?;
    let row = |case: &Case| {
        vec![
            case.name.clone(),
            case.cell("/memory_mib/end"),
            case.cell("/memory_mib/pss"),
            case.cell("/memory_mib/growth"),
        ]
    };
    let mut rows: Vec<Vec<String>> = cases.iter().map(row).collect();
    let [decode_few, decode_many, detect_few, detect_many] = cases.as_slice() else {
        return Ok(String::new());
    };
    for pointer in ["/memory_mib/end", "/memory_mib/pss"] {
        let added = |few: &Case, many: &Case| -> Vec<f64> {
            let pairs = many.runs.iter().zip(&few.runs);
            let one = |(many, few): (&crate::child::Run, &crate::child::Run)| {
                Some((many.number(pointer)? - few.number(pointer)?) / (MANY - FEW) as f64)
            };
            pairs.filter_map(one).collect()
        };
        let (plain, with) = (added(decode_few, decode_many), added(detect_few, detect_many));
        let beyond = with.iter().zip(&plain).map(|(with, plain)| with - plain);
        let name = if pointer.ends_with("pss") { "PSS" } else { "RSS" };
        let what = format!(
            "a further camera beyond its decoder, {name}: **{}**",
            cell(Figure::of(beyond))
        );
        let parts = format!("its decoder: {}", cell(Figure::of(plain.iter().copied())));
        rows.push(vec![what, parts, String::new(), String::new()]);
    }
    Ok(report::table(
        "Memory of a camera",
        "MiB; cameras at 5 frames per second, one engine, after the time that was measured; the bar is 25 MiB.",
        &["", "RSS", "PSS", "growth while measuring"],
        &rows,
    ))
}
