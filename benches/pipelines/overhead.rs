//! What a pipeline costs beside what nobody can avoid: decoding, and the model in the bare runtime.

use anyhow::Result;
use luchs_benches::figures::{Figure, cell};

use crate::{
    clip::Kind,
    lab::Lab,
    lines::{Far, fast, in_turn},
    report,
    rounds::{Case, Work, interleaved},
};

const CPU: &str = "/cpu_ms_per_frame";

pub(crate) fn run(lab: &Lab) -> Result<String> {
    let (clip, bare) = (lab.clip(Kind::Whole)?, lab.bare()?);
    lab.open_site()?;
    let (clip, bare) = (&clip, &bare);
    let pipeline = |line: String| -> Work<'_> { Box::new(move || lab.pipeline(&line, clip, 1)) };
    let mut cases: Vec<(String, Work<'_>)> =
        vec![("bare ONNX Runtime".to_owned(), Box::new(move || lab.run_bare(bare, 1)))];
    for far in Far::ALL {
        cases.push((far.name().to_owned(), pipeline(in_turn(far, "threads=1"))));
    }
    for far in Far::ALL {
        let name = format!("{}, side by side", far.name());
        cases.push((name, pipeline(fast(far, 1, "threads=1"))));
    }
    let cases = interleaved(lab.rounds, cases)?;
    let Some((bare, pipelines)) = cases.split_first() else {
        return Ok(String::new());
    };
    let mut rows = vec![vec![bare.name.clone(), bare.cell("/fps"), bare.cell(CPU), cell(None)]];
    for group in pipelines.chunks(Far::ALL.len()) {
        for (far, case) in Far::ALL.into_iter().zip(group) {
            let ratio = ratio(case, &group[0], bare).filter(|_| far > Far::Decode);
            rows.push(vec![case.name.clone(), case.cell("/fps"), case.cell(CPU), cell(ratio)]);
        }
    }
    Ok(report::table(
        "CPU of a frame beside the unavoidable",
        "One stream, one thread. The ratio is the pipeline's CPU time over that of decoding alone plus that of a bare run \
         (Python's onnxruntime, the same library, one intra-op thread, no spinning), of each round; the bar is 1.08. Side by \
         side, decoder and model work at the same time and get in each other's way where cores share what they compute with.",
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
