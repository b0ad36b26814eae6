//! What a pipeline costs beside what nobody can avoid: decoding, and the model in the bare runtime.

use anyhow::Result;
use luchs_benches::figures::{Figure, cell};

use crate::{
    clip::Kind,
    lab::Lab,
    lines::{Far, fast},
    report,
    rounds::{Case, Work, interleaved},
};

const CPU: &str = "/cpu_ms_per_frame";

pub(crate) fn run(lab: &Lab) -> Result<String> {
    let (clip, bare) = (lab.clip(Kind::Whole)?, lab.bare()?);
    lab.open_site()?;
    let bare = &bare;
    let mut cases: Vec<(String, Work<'_>)> =
        vec![("bare ONNX Runtime".to_owned(), Box::new(move || lab.run_bare(bare, 1)))];
    for far in Far::ALL {
        let (line, clip) = (fast(far, 1, "threads=1"), clip.clone());
        cases.push((far.name().to_owned(), Box::new(move || lab.pipeline(&line, &clip, 1))));
    }
    let cases = interleaved(lab.rounds, cases)?;
    let [bare, decode, ..] = cases.as_slice() else {
        return Ok(String::new());
    };
    let row = |case: &Case| {
        let whole = case.name.contains("detect");
        vec![
            case.name.clone(),
            case.cell("/fps"),
            case.cell(CPU),
            cell(ratio(case, decode, bare).filter(|_| whole)),
        ]
    };
    let rows: Vec<Vec<String>> = cases.iter().map(row).collect();
    Ok(report::table(
        "CPU of a frame beside the unavoidable",
        "One stream, one thread. The ratio is the pipeline's CPU time over that of decoding alone plus that of a bare run \
         (Python's onnxruntime, the same library, one intra-op thread, no spinning), of each round; the bar is 1.08.",
        &["", "fps", "CPU ms/frame", "ratio"],
        &rows,
    ))
}

/// Of each round.
fn ratio(case: &Case, decode: &Case, bare: &Case) -> Option<Figure> {
    let rounds = case.runs.iter().zip(&decode.runs).zip(&bare.runs);
    Figure::of(
        rounds.filter_map(|((case, decode), bare)| Some(case.number(CPU)? / (decode.number(CPU)? + bare.number(CPU)?))),
    )
}
