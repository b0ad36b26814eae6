//! The motion gate, on footage and on a picture that stands still.

use anyhow::Result;
use luchs_benches::figures::cell;

use crate::{
    child::Run,
    clip::Kind,
    lab::Lab,
    lines::{Far, fast},
    report,
    rounds::{Work, interleaved},
};

pub(crate) fn run(lab: &Lab) -> Result<String> {
    let mut cases: Vec<(String, Work<'_>)> = Vec::new();
    for (kind, clip) in [
        ("footage", lab.clip(Kind::Whole)?),
        ("standing still", lab.clip(Kind::Still)?),
    ] {
        for gate in ["false", "true"] {
            let (line, clip) = (fast(Far::Track, 1, &format!("motion-gate={gate}")), clip.clone());
            let name = format!("{kind} | {}", if gate == "true" { "on" } else { "off" });
            cases.push((name, Box::new(move || lab.whole_clip(&line, &clip))));
        }
    }
    let cases = interleaved(lab.rounds, cases)?;
    let one = |run: &Run, kind: &str, pointer: &str| run.of_elements(kind, pointer).first().copied();
    let rows: Vec<Vec<String>> = cases
        .iter()
        .map(|case| {
            vec![
                case.name.clone(),
                case.cell("/frames"),
                cell(case.each(|run| one(run, "luchsdetect", "/stats/inferences"))),
                cell(case.each(|run| one(run, "luchstrack", "/stats/tracks"))),
                case.cell("/cpu_ms_per_frame"),
                case.cell("/fps"),
            ]
        })
        .collect();
    Ok(report::table(
        "Motion gate",
        "Decode, detect, track; the whole clip. Track starts with the gate on are to be at \
         least 99 % of those with it off.",
        &[
            "clip",
            "gate",
            "frames",
            "inferences",
            "track starts",
            "CPU ms/frame",
            "fps",
        ],
        &rows,
    ))
}
