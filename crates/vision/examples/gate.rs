//! How many frames the motion gate spares on a recording, and whose first appearance it misses.
//!
//! ```text
//! gst-launch-1.0 -q filesrc location=FILE ! decodebin ! videoconvert ! video/x-raw,format=NV12 ! fdsink \
//!   | cargo run --release -p luchs-vision --example gate -- WIDTH HEIGHT FRAMES-PER-SECOND [TRUTH]
//! ```
//!
//! TRUTH is a text file in the format of the MOTChallenge: frame (from 1), track, left, top, width, height, …

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example for the terminal")]

use std::{
    collections::BTreeMap,
    io::Read,
    process::ExitCode,
    time::{Duration, Instant},
};

use luchs_scene::Size;
use luchs_vision::{Frame, Gate, GateSettings, Matrix, PixelFormat, Plane, Range, Reason};

/// Later than this a track's start is missed.
const LATE: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let [width, height, rate, rest @ ..] = args else {
        return Err("usage: gate WIDTH HEIGHT FRAMES-PER-SECOND [TRUTH] < NV12 frames".into());
    };
    let (size, rate) = (
        Size {
            width: width.parse()?,
            height: height.parse()?,
        },
        rate.parse::<f64>()?,
    );
    let starts = rest.first().map(|path| starts(path)).transpose()?.unwrap_or_default();
    let time = |index: usize| Duration::from_secs_f64(index as f64 / rate);
    // GStreamer rounds strides up to four bytes and heights up to two rows.
    let stride = (size.width as usize).next_multiple_of(4);
    let luma = stride * (size.height as usize).next_multiple_of(2);
    let mut buffer = vec![0; luma + luma / 2];
    let mut gate = Gate::new(GateSettings::default());
    let (mut looked, mut took, mut reasons) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut input = std::io::stdin().lock();
    for index in 0.. {
        match input.read_exact(&mut buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
            other => other?,
        }
        let (y, uv) = buffer.split_at(luma);
        let planes = [y, uv].map(|data| Plane { data, stride });
        let frame = Frame::new(PixelFormat::Nv12, size, &planes, Matrix::Bt709, Range::Limited)?;
        let begin = Instant::now();
        let decision = gate.decide(&frame, time(index), None, &[]);
        took.push(begin.elapsed());
        looked.push(decision.infer);
        *reasons.entry(format!("{:?}", decision.reason)).or_insert(0) += 1;
        if decision.reason == Reason::Moving && std::env::var_os("EACH").is_some() {
            println!("{index} {:.5}", decision.fraction);
        }
    }
    took.sort();
    let skipped = looked.iter().filter(|looked| !**looked).count();
    println!(
        "{} frames, {skipped} skipped ({:.1} %): {reasons:?}",
        looked.len(),
        percent(skipped, looked.len())
    );
    if let (Some(median), Some(least)) = (took.get(took.len() / 2), took.first()) {
        println!("{median:?} a frame (median), {least:?} (least)");
    }
    if !starts.is_empty() {
        let delay = |start: usize| {
            let seen = (start..looked.len()).find(|index| looked[*index]);
            seen.map_or(Duration::MAX, |seen| time(seen).saturating_sub(time(start)))
        };
        let delays: Vec<_> = starts
            .into_iter()
            .filter(|start| *start < looked.len())
            .map(delay)
            .collect();
        let late = delays.iter().filter(|delay| **delay > LATE).count();
        let worst = delays.iter().max().copied().unwrap_or_default();
        println!(
            "{} track starts, {late} late ({:.1} %), worst {worst:?}",
            delays.len(),
            percent(late, delays.len())
        );
    }
    Ok(())
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// First frame, from 0, of each track.
fn starts(path: &str) -> Result<Vec<usize>, Box<dyn std::error::Error>> {
    let mut first = BTreeMap::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let mut fields = line.split(',').map(str::trim);
        let (Some(frame), Some(track)) = (fields.next(), fields.next()) else {
            return Err(format!("{path}: “{line}” is no line of a MOT file").into());
        };
        let frame = frame.parse::<usize>()?.saturating_sub(1);
        let start = first.entry(track.to_owned()).or_insert(frame);
        *start = frame.min(*start);
    }
    Ok(first.into_values().collect())
}
