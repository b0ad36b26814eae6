//! Inferences that fail now and then.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod common;

use common::{
    Folder, GREEN, element, error, info, labels, models, number, numbered, pulled, running, seeing_colors, stat, until,
    variants, warnings,
};
use gst::prelude::*;
use gst_check::Harness;
use gst_video::VideoFormat;
use luchs_scene::event::Condition;

const WHITE: [u8; 4] = [255; 4];
/// Not 255, which the model takes for white.
const RED: [u8; 4] = [200, 0, 0, 255];

/// The conditions that those behind the element are told.
fn conditions(harness: &mut Harness) -> Vec<Condition> {
    std::iter::from_fn(|| harness.try_pull_event())
        .filter_map(|event| gst_luchs_meta::read_status(&event))
        .map(|status| status.condition)
        .collect()
}

#[test]
fn a_model_that_turns_to_nan_is_told_once_and_gives_no_boxes_until_it_recovers() {
    let info = info(VideoFormat::Rgb, 64, 64);
    for policy in ["latency", "throughput"] {
        let folder = Folder::new();
        let properties = [("scheduling-policy", policy), ("workers", "2")];
        let (element, bus) = seeing_colors(&folder, &variants::poisoned_by_white(), &properties);
        let mut harness = running(&element, &info);
        let mut frames = Vec::new();
        let mut push = |harness: &mut Harness, n: u64, color: &[u8]| {
            harness.push(numbered(n, &info, color)).unwrap();
            frames.extend(pulled(harness));
        };
        (0..5).for_each(|n| push(&mut harness, n, &RED));
        assert!(
            conditions(&mut harness).is_empty() && warnings(&bus).is_empty(),
            "{policy}"
        );
        (5..25).for_each(|n| push(&mut harness, n, &WHITE));
        (25..30).for_each(|n| push(&mut harness, n, &RED));
        assert_eq!(conditions(&mut harness), [Condition::DetectorFailing], "{policy}");
        let said = warnings(&bus);
        assert!(said.len() == 1, "{policy}: {said:?}");
        for expected in ["m.onnx", "not numbers", "compare with device=cpu"] {
            assert!(said[0].contains(expected), "{policy}: {said:?}");
        }
        let mut n = 30;
        let mut told = Vec::new();
        until("it has recovered", || {
            push(&mut harness, n, &RED);
            n += 1;
            told.extend(conditions(&mut harness));
            !told.is_empty()
        });
        assert_eq!(told, [Condition::DetectorRecovered], "{policy}");
        harness.push_event(gst::event::Eos::new());
        frames.extend(pulled(&mut harness));
        assert_eq!(frames.len() as u64, n, "{policy}");
        for frame in &frames {
            let lost = (5..25).contains(&number(frame));
            assert_eq!(gst_luchs_meta::was_inferred(frame), !lost, "{policy} {}", number(frame));
            let expected: &[&str] = if lost { &[] } else { &["red"] };
            assert_eq!(labels(frame, &info), expected, "{policy} {}", number(frame));
        }
        assert_eq!(
            (stat(&element, "failed"), stat(&element, "inferences")),
            (20, n - 20),
            "{policy}"
        );
    }
}

#[test]
fn a_model_whose_outputs_are_never_numbers_gives_no_boxes() {
    let folder = Folder::new();
    let (element, bus) = element(&folder.model("m.onnx", &models::yolox_broken()));
    let info = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&element, &info);
    let frames: Vec<_> = (0..3)
        .map(|n| harness.push_and_pull(numbered(n, &info, &GREEN)).unwrap())
        .collect();
    assert!(frames.iter().all(|frame| !gst_luchs_meta::was_inferred(frame)));
    assert!(frames.iter().all(|frame| labels(frame, &info).is_empty()));
    let said = warnings(&bus);
    assert!(
        said.len() == 1 && said[0].contains("“output” holds values that are not numbers"),
        "{said:?}"
    );
}

#[test]
fn what_no_later_frame_can_mend_still_stops_the_stream() {
    for policy in ["latency", "throughput"] {
        let folder = Folder::new();
        let (element, bus) = seeing_colors(
            &folder,
            &models::yolox_seeing_colors(),
            &[("scheduling-policy", policy)],
        );
        let info = info(VideoFormat::Rgb, 128, 128);
        let mut harness = running(&element, &info);
        harness.push(numbered(0, &info, &RED)).unwrap();
        let short = gst::Buffer::with_size(100).unwrap();
        assert_eq!(harness.push(short), Err(gst::FlowError::Error), "{policy}");
        assert!(error(&bus).contains("A frame cannot be read"), "{policy}");
    }
}

#[test]
fn another_model_that_is_well_ends_the_failure_for_those_behind() {
    let folder = Folder::new();
    let (element, _bus) = element(&folder.model("m.onnx", &models::yolox_broken()));
    let info = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&element, &info);
    harness.push_and_pull(numbered(0, &info, &RED)).unwrap();
    assert_eq!(conditions(&mut harness), [Condition::DetectorFailing]);
    element.set_property("model", folder.model("well.onnx", &models::yolox()).to_str().unwrap());
    let mut told = Vec::new();
    until("it has recovered", || {
        harness.push_and_pull(numbered(1, &info, &RED)).unwrap();
        told.extend(conditions(&mut harness));
        !told.is_empty()
    });
    assert_eq!(told, [Condition::DetectorRecovered]);
}
