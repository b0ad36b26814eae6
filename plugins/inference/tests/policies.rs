//! luchsdetect with one frame and with several frames in flight.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod common;

use common::{
    Folder, GREEN, RED, info, labels, models, number, numbered, objects, pulled, running, seeing_colors, stat, variants,
};
use gst::prelude::*;
use gst_video::VideoFormat;

const POLICIES: [&str; 2] = ["latency", "throughput"];

#[test]
fn frames_go_on_in_their_order_each_with_its_own_objects() {
    let info = info(VideoFormat::Rgb, 128, 128);
    for (policy, interval) in [("latency", 1), ("throughput", 1), ("throughput", 3)] {
        let folder = Folder::new();
        let properties = [
            ("scheduling-policy", policy),
            ("workers", "3"),
            ("inference-interval", &interval.to_string()),
        ];
        let (element, _) = seeing_colors(&folder, &variants::slow(128), &properties);
        let mut harness = running(&element, &info);
        for n in 0..60 {
            let color = if n % 2 == 0 { RED } else { GREEN };
            harness.push(numbered(n, &info, &color)).unwrap();
        }
        assert!(harness.push_event(gst::event::Eos::new()));
        let frames = pulled(&mut harness);
        assert_eq!(
            frames.iter().map(|frame| number(frame)).collect::<Vec<_>>(),
            (0..60).collect::<Vec<_>>()
        );
        for (n, frame) in frames.iter().enumerate() {
            let looked = n % interval == 0;
            assert_eq!(gst_luchs_meta::was_inferred(frame), looked, "{policy} {n}");
            let expected: &[&str] = match (looked, n % 2) {
                (false, _) => &[],
                (true, 0) => &["red"],
                (true, _) => &["green"],
            };
            assert_eq!(labels(frame, &info), expected, "{policy} {n}");
        }
        assert_eq!(
            (stat(&element, "frames"), stat(&element, "in-flight")),
            (60, 0),
            "{policy}"
        );
        assert_eq!(
            stat(&element, "inferences"),
            60_u64.div_ceil(interval as u64),
            "{policy}"
        );
    }
}

#[test]
fn one_frame_at_a_time_holds_nothing_back_and_several_are_held_in_bounds() {
    let info = info(VideoFormat::Rgb, 128, 128);
    for (policy, most) in [("latency", 0), ("throughput", 2)] {
        let folder = Folder::new();
        let properties = [("scheduling-policy", policy), ("workers", "2")];
        let (element, _) = seeing_colors(&folder, &variants::slow(128), &properties);
        let mut harness = running(&element, &info);
        for n in 0..40 {
            harness.push(numbered(n, &info, &RED)).unwrap();
            let held = n + 1 - u64::from(harness.buffers_received());
            assert!(held <= most, "{policy}: {held} after {n}");
            assert_eq!(stat(&element, "in-flight"), held, "{policy}");
        }
        harness.set_upstream_latency(gst::ClockTime::from_mseconds(5));
        // The time of the frames that are held back is added, so that a sink waits for them.
        let latency = harness.query_latency().unwrap();
        assert_eq!(latency.mseconds(), 5 + 40 * most, "{policy}");
    }
}

#[test]
fn what_comes_after_a_frame_stays_behind_it() {
    let info = info(VideoFormat::Rgb, 128, 128);
    let folder = Folder::new();
    let properties = [("scheduling-policy", "throughput"), ("workers", "3")];
    let (element, _) = seeing_colors(&folder, &variants::slow(256), &properties);
    let mut harness = running(&element, &info);
    let tag = || {
        let mut tags = gst::TagList::new();
        tags.make_mut()
            .add::<gst::tags::Title>(&"gate", gst::TagMergeMode::Append);
        gst::event::Tag::new(tags)
    };
    let gap = || gst::event::Gap::builder(gst::ClockTime::from_seconds(9)).build();
    let segment = || gst::event::Segment::new(&gst::FormattedSegment::<gst::ClockTime>::new());
    let custom = || gst::event::CustomDownstream::new(gst::Structure::new_empty("anything"));
    let mut sent = 0;
    for event in [tag(), gap(), segment(), custom()] {
        for _ in 0..2 {
            harness.push(numbered(u64::from(sent), &info, &RED)).unwrap();
            sent += 1;
        }
        let kind = event.type_();
        assert!(harness.push_event(event));
        assert_eq!(harness.buffers_received(), sent, "{kind:?}");
    }
    harness.push(numbered(9, &info, &RED)).unwrap();
    let mut drain = gst::query::Drain::new();
    element.static_pad("sink").unwrap().query(&mut drain);
    assert_eq!(harness.buffers_received(), sent + 1);
}

#[test]
fn a_flush_and_a_stop_throw_away_what_is_in_flight() {
    let info = info(VideoFormat::Rgb, 128, 128);
    for policy in POLICIES {
        let folder = Folder::new();
        let properties = [("scheduling-policy", policy), ("workers", "3")];
        let (element, _) = seeing_colors(&folder, &variants::slow(256), &properties);
        let mut harness = running(&element, &info);
        harness.push(numbered(0, &info, &RED)).unwrap();
        harness.push(numbered(1, &info, &RED)).unwrap();
        pulled(&mut harness);
        assert!(harness.push_event(gst::event::FlushStart::new()));
        assert!(harness.push_event(gst::event::FlushStop::new(true)));
        assert_eq!(stat(&element, "in-flight"), 0);
        let segment = gst::event::Segment::new(&gst::FormattedSegment::<gst::ClockTime>::new());
        assert!(harness.push_event(segment));
        for n in 100..105 {
            harness.push(numbered(n, &info, &GREEN)).unwrap();
        }
        assert!(harness.push_event(gst::event::Eos::new()));
        let after: Vec<_> = pulled(&mut harness)
            .iter()
            .map(|frame| (number(frame), labels(frame, &info)))
            .collect();
        let expected: Vec<_> = (100..105).map(|n| (n, vec!["green".to_owned()])).collect();
        assert_eq!(after, expected, "{policy}");

        harness.push_event(gst::event::FlushStart::new());
        harness.push_event(gst::event::FlushStop::new(true));
        harness.push_event(gst::event::Segment::new(&gst::FormattedSegment::<gst::ClockTime>::new()));
        harness.push(numbered(0, &info, &RED)).unwrap();
        element.set_state(gst::State::Ready).unwrap();
        assert_eq!(stat(&element, "in-flight"), 0);
    }
}

#[test]
fn frames_may_change_their_size_and_format_in_flight() {
    for policy in POLICIES {
        let folder = Folder::new();
        let properties = [("scheduling-policy", policy), ("workers", "2")];
        let (element, _) = seeing_colors(&folder, &variants::slow(128), &properties);
        let first = info(VideoFormat::Rgb, 128, 128);
        let mut harness = running(&element, &first);
        let mut expected = Vec::new();
        for (format, side) in [
            (VideoFormat::Rgb, 128),
            (VideoFormat::Nv12, 320),
            (VideoFormat::Bgrx, 33),
            (VideoFormat::Bgrx, 1),
            (VideoFormat::I420, 1280),
        ] {
            let info = info(format, side, side);
            harness.set_src_caps(info.to_caps().unwrap());
            for _ in 0..3 {
                let n = expected.len() as u64;
                let color: &[u8] = if info.is_yuv() { &[145, 54, 34] } else { &GREEN };
                harness.push(numbered(n, &info, color)).unwrap();
                expected.push(info.clone());
            }
        }
        assert!(harness.push_event(gst::event::Eos::new()));
        let frames = pulled(&mut harness);
        assert_eq!(frames.len(), expected.len(), "{policy}");
        for (n, (frame, info)) in frames.iter().zip(&expected).enumerate() {
            assert_eq!(number(frame), n as u64, "{policy}");
            let found = objects(frame, info);
            let half = info.width() as f32 / 2.0;
            assert!(
                found.len() == 1 && &*found[0].label == "green",
                "{policy} {n}: {found:?}"
            );
            assert!((found[0].rect.w - half).abs() < 0.05, "{policy} {n}: {found:?}");
        }
    }
}

#[test]
fn upstream_is_asked_for_as_many_buffers_more_as_are_held() {
    for (policy, more) in [("latency", None), ("throughput", Some(3))] {
        let folder = Folder::new();
        let properties = [("scheduling-policy", policy), ("workers", "3")];
        let (element, _) = seeing_colors(&folder, &models::yolox_seeing_colors(), &properties);
        let info = info(VideoFormat::Nv12, 128, 128);
        let _harness = running(&element, &info);
        let mut query = gst::query::Allocation::new(Some(&info.to_caps().unwrap()), true);
        assert!(element.static_pad("sink").unwrap().query(&mut query));
        let asked = query.allocation_pools().next().map(|(_, _, min, _)| min);
        assert_eq!(asked, more, "{policy}");
    }
}

#[test]
fn two_elements_of_the_same_model_share_an_engine_and_get_their_own_objects() {
    let info = info(VideoFormat::Rgb, 128, 128);
    let folder = Folder::new();
    let properties = [("scheduling-policy", "throughput"), ("workers", "2")];
    // Both before any starts: each writes the model into the folder, and one that loads it shall find it whole.
    let elements = [(RED, "red"), (GREEN, "green")].map(|(color, label)| {
        let (element, _) = seeing_colors(&folder, &variants::slow(128), &properties);
        (element, color, label)
    });
    let threads: Vec<_> = elements
        .into_iter()
        .map(|(element, color, label)| {
            let info = info.clone();
            std::thread::spawn(move || {
                let mut harness = running(&element, &info);
                for n in 0..100 {
                    harness.push(numbered(n, &info, &color)).unwrap();
                }
                harness.push_event(gst::event::Eos::new());
                let frames = pulled(&mut harness);
                assert_eq!(frames.len(), 100);
                assert!(frames.iter().all(|frame| labels(frame, &info) == [label]), "{label}");
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
