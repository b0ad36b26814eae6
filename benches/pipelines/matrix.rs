//! Every part of the way, with 1, 2 and 4 streams, in both policies.

use anyhow::Result;
use luchs_benches::figures::cell;

use crate::{
    clip::Kind,
    lab::Lab,
    lines::{Far, fast},
    report,
    rounds::{Work, interleaved},
};

pub(crate) fn run(lab: &Lab) -> Result<String> {
    let clip = lab.clip(Kind::Whole)?;
    lab.open_site()?;
    let mut cases: Vec<(String, Work<'_>)> = Vec::new();
    for far in Far::ALL {
        for policy in ["latency", "throughput"] {
            // Decoding alone knows no policy.
            if far == Far::Decode && policy == "throughput" {
                continue;
            }
            for streams in [1, 2, 4] {
                let detect = format!("scheduling-policy={policy}");
                let line = fast(far, streams, &detect);
                let shown = if far == Far::Decode { "" } else { policy };
                let clip = clip.clone();
                let name = format!("{} | {shown} | {streams}", far.name());
                cases.push((name, Box::new(move || lab.pipeline(&line, &clip, 1))));
            }
        }
    }
    let rows: Vec<Vec<String>> = interleaved(lab.rounds, cases)?
        .iter()
        .map(|case| {
            let mut row = vec![case.name.clone()];
            row.extend(["/fps", "/cpu_ms_per_frame"].map(|pointer| case.cell(pointer)));
            row.push(cell(case.whole_process()));
            row.extend(
                [
                    "/streams/0/latency_ms/p50",
                    "/streams/0/latency_ms/p99",
                    "/memory_mib/end",
                ]
                .map(|pointer| case.cell(pointer)),
            );
            row
        })
        .collect();
    Ok(report::table(
        "The way of a frame",
        "As fast as it goes, all streams of a case in one process. CPU is the process's while measuring; behind it the \
         kernel's account of the whole child, start and warm-up included, by the same frames. Latency is from the decoder to the \
         sink, and so holds the time in the queue between.",
        &[
            "way",
            "policy",
            "streams",
            "fps of all",
            "CPU ms/frame",
            "whole child, ms/frame",
            "latency p50",
            "latency p99",
            "MiB",
        ],
        &rows,
    ))
}
