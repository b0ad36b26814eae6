//! MOTChallenge text files: `frame,id,left,top,width,height,confidence,…`, frames from 1, pixels.
//! Milan et al., “MOT16: A Benchmark for Multi-Object Tracking”, arXiv:1603.00831.

use std::{collections::BTreeMap, fmt::Write as _};

use luchs_scene::{Detection, Rect};

/// A line that is not of the format.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("line {line}: “{text}” is not “frame,id,left,top,width,height,confidence”")]
pub(crate) struct MotError {
    line: usize,
    text: String,
}

/// Days of video; a number beyond it is a mistake, and every frame up to it would be walked through.
const LAST_FRAME: f64 = 1e8;

/// The boxes of each frame, by frame number; ids are read over.
pub(crate) fn read_detections(text: &str) -> Result<BTreeMap<u64, Vec<Detection>>, MotError> {
    let mut frames: BTreeMap<u64, Vec<Detection>> = BTreeMap::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let (frame, detection) = parse(line).ok_or_else(|| MotError {
            line: index + 1,
            text: line.chars().take(80).collect(),
        })?;
        frames.entry(frame).or_default().push(detection);
    }
    Ok(frames)
}

fn parse(line: &str) -> Option<(u64, Detection)> {
    // As f64: some tools write the frame with a decimal point, and f32 would merge frames beyond 16 million.
    let fields: Vec<f64> = line
        .split(',')
        .map(|field| field.trim().parse().ok())
        .collect::<Option<_>>()?;
    let [frame, _id, x, y, w, h, rest @ ..] = fields.as_slice() else {
        return None;
    };
    let rect = Rect {
        x: *x as f32,
        y: *y as f32,
        w: *w as f32,
        h: *h as f32,
    };
    let finite = [rect.x, rect.y, rect.w, rect.h].iter().all(|v| v.is_finite());
    if !finite || frame.fract() != 0.0 || !(1.0..=LAST_FRAME).contains(frame) {
        return None;
    }
    let confidence = rest.first().copied().unwrap_or(1.0) as f32;
    Some((
        *frame as u64,
        Detection {
            rect,
            label_id: 0,
            confidence,
        },
    ))
}

/// Adds one line for a box; `id` is −1 for a box without a track.
pub(crate) fn write_line(out: &mut String, frame: u64, id: i64, detection: &Detection) {
    let Rect { x, y, w, h } = detection.rect;
    // Writing to a String cannot fail.
    let _written = writeln!(
        out,
        "{frame},{id},{x:.2},{y:.2},{w:.2},{h:.2},{:.4},-1,-1,-1",
        detection.confidence
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let detection = Detection {
            rect: Rect {
                x: 1.5,
                y: 2.25,
                w: 30.0,
                h: 40.0,
            },
            label_id: 0,
            confidence: 0.5,
        };
        let mut text = String::new();
        write_line(&mut text, 3, 7, &detection);
        assert_eq!(text, "3,7,1.50,2.25,30.00,40.00,0.5000,-1,-1,-1\n");
        assert_eq!(read_detections(&text).unwrap(), BTreeMap::from([(3, vec![detection])]));
    }

    #[test]
    fn a_line_of_another_format_is_named() {
        let error = read_detections("1,1,0,0,5,5,1\n\n0 1 0 0 5 5\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 3: “0 1 0 0 5 5” is not “frame,id,left,top,width,height,confidence”"
        );
        for frame in ["0", "-3", "1.5", "99999999999", "NaN"] {
            assert!(
                read_detections(&format!("{frame},1,0,0,5,5,1")).is_err(),
                "frame {frame} was accepted"
            );
        }
    }
}
