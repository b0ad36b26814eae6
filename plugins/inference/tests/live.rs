//! What luchsdetect does not look at: what comes too late, what is out of the region, and what does not move.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod common;

use common::{
    Folder, GREEN, RED, error, info, labels, models, numbered, objects, paint, refused, running, seeing_colors, stat,
    until, variants, warnings,
};
use gst::prelude::*;
use gst_check::Harness;
use gst_video::VideoFormat;

/// Pushes frame `n`, which the element gets this many milliseconds after the beginning; whether it was looked at.
fn push_at(harness: &mut Harness, n: u64, millis: u64) -> bool {
    harness.set_time(gst::ClockTime::from_mseconds(millis)).unwrap();
    let info = info(VideoFormat::Rgb, 128, 128);
    let buffer = harness.push_and_pull(numbered(n, &info, &RED)).unwrap();
    let looked = gst_luchs_meta::was_inferred(&buffer);
    assert_eq!(labels(&buffer, &info).len(), usize::from(looked));
    looked
}

/// A camera of 25 frames a second for which there is not always time.
/// Whether each was looked at, and the figures.
fn looked_at(live: bool, skip: bool) -> (Vec<bool>, [u64; 3]) {
    let folder = Folder::new();
    let skip = if skip { "true" } else { "false" };
    let (element, _) = seeing_colors(&folder, &models::yolox_seeing_colors(), &[("skip-late", skip)]);
    let mut harness = running(&element, &info(VideoFormat::Rgb, 128, 128));
    harness.set_live(live);
    let times = [10, 50, 150, 151, 190, 290, 291, 292];
    let looked = (0..)
        .zip(times)
        .map(|(n, millis)| push_at(&mut harness, n, millis))
        .collect();
    (
        looked,
        ["skipped", "inferences", "frames"].map(|name| stat(&element, name)),
    )
}

#[test]
fn a_frame_of_a_camera_behind_which_a_newer_one_waits_is_passed_over_and_counted() {
    let (looked, figures) = looked_at(true, true);
    // Frames 2, 5 and 6 come 60, 80 and 41 ms later than they should; 3 and 7 are the newest then.
    assert_eq!(looked, [true, true, false, true, true, false, false, true]);
    assert_eq!(figures, [3, 5, 8]);
}

#[test]
fn a_file_and_who_does_not_want_it_skip_nothing() {
    for (live, skip) in [(false, true), (true, false)] {
        assert_eq!(
            looked_at(live, skip),
            (vec![true; 8], [0, 8, 8]),
            "live={live} skip-late={skip}"
        );
    }
}

#[test]
fn behind_a_live_source_that_is_too_fast_no_queue_grows() {
    for policy in ["latency", "throughput"] {
        let folder = Folder::new();
        let properties = [("scheduling-policy", policy), ("threads", "1"), ("workers", "1")];
        let (element, _) = seeing_colors(&folder, &variants::slow(2048), &properties);
        let pipeline = gst::Pipeline::new();
        let front = gst::parse::bin_from_description(
            "videotestsrc is-live=true pattern=red ! video/x-raw,format=RGB,width=128,height=128,framerate=200/1 ! \
             queue name=waiting max-size-buffers=0 max-size-bytes=0 max-size-time=0",
            true,
        )
        .unwrap();
        let queue = front.by_name("waiting").unwrap();
        let sink = gst::ElementFactory::make("fakesink")
            .property("sync", false)
            .build()
            .unwrap();
        pipeline.add(&front).unwrap();
        pipeline.add_many([&element, &sink]).unwrap();
        gst::Element::link_many([front.upcast_ref(), &element, &sink]).unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        until("600 frames", || stat(&element, "frames") >= 600);
        let waiting = queue.property::<u32>("current-level-buffers");
        let (skipped, inferred) = (stat(&element, "skipped"), stat(&element, "inferences"));
        pipeline.set_state(gst::State::Null).unwrap();
        assert!(
            skipped > 0 && inferred > 5,
            "{policy}: {skipped} skipped, {inferred} looked at, {waiting} wait"
        );
        // As many as come during two inferences: anything but 600.
        assert!(waiting < 150, "{policy}: {waiting} wait");
    }
}

#[test]
fn only_the_region_is_looked_at_and_boxes_are_those_of_the_frame() {
    let folder = Folder::new();
    let (element, _) = seeing_colors(
        &folder,
        &models::yolox_seeing_colors(),
        &[("inference-region", "0.5,0,0.5,1")],
    );
    let whole = info(VideoFormat::Rgb, 256, 128);
    let mut harness = running(&element, &whole);
    // Left half green, right half red.
    let halves = || {
        let mut buffer = gst::Buffer::with_size(whole.size()).unwrap();
        let inner = buffer.get_mut().unwrap();
        paint(inner, &whole, &GREEN);
        let mut map = inner.map_writable().unwrap();
        for row in map.chunks_mut(256 * 3) {
            row[128 * 3..]
                .chunks_mut(3)
                .for_each(|pixel| pixel.copy_from_slice(&RED[..3]));
        }
        drop(map);
        buffer
    };
    let mut look = || objects(&harness.push_and_pull(halves()).unwrap(), &whole);
    let right = look();
    assert_eq!(&*right[0].label, "red");
    assert!(
        (right[0].rect.x - 128.0).abs() < 0.1 && (right[0].rect.w - 64.0).abs() < 0.1,
        "{right:?}"
    );
    element.set_property("inference-region", "0,0,0.5,1");
    let left = look();
    assert_eq!((&*left[0].label, left[0].rect.x), ("green", 0.0));
    for speck in ["0,0,0.000001,0.000001", "0.999999,0.999999,0.000001,0.000001"] {
        element.set_property("inference-region", speck);
        look();
    }
    element.set_property("inference-region", "full-frame");
    assert!(look().iter().all(|object| object.confidence < 0.6));
}

#[test]
fn a_region_that_is_none_is_an_error_before_and_a_warning_while_frames_flow() {
    let folder = Folder::new();
    let (element, bus) = seeing_colors(
        &folder,
        &models::yolox_seeing_colors(),
        &[("inference-region", "roi-list")],
    );
    let message = refused(&element, &bus);
    assert!(
        message.contains("“roi-list” is not made of numbers") && message.contains("0.5,0,0.5,1"),
        "{message}"
    );

    element.set_property("inference-region", "0,0,1,0.5");
    element.set_state(gst::State::Ready).unwrap();
    element.set_property("inference-region", "0,0,2,2");
    assert!(element.set_state(gst::State::Paused).is_err());
    assert!(error(&bus).contains("“0,0,2,2” reaches out of the frame"));
    element.set_state(gst::State::Null).unwrap();

    element.set_property("inference-region", "0,0,1,0.5");
    let info = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&element, &info);
    element.set_property("inference-region", "0,0,640,480");
    let said = warnings(&bus);
    assert!(
        said.len() == 1 && said[0].contains("“0,0,640,480” reaches out of the frame"),
        "{said:?}"
    );
    assert_eq!(element.property::<String>("inference-region"), "0,0,1,0.5");
    let buffer = harness.push_and_pull(numbered(0, &info, &RED)).unwrap();
    assert_eq!(objects(&buffer, &info)[0].rect.h, 64.0);
}

#[test]
fn a_picture_in_which_nothing_moves_is_looked_at_now_and_then() {
    let folder = Folder::new();
    let (element, _) = seeing_colors(&folder, &models::yolox_seeing_colors(), &[("motion-gate", "true")]);
    let info = info(VideoFormat::Rgb, 640, 480);
    let mut harness = running(&element, &info);
    // Something to tell light from motion by, and a thing at `left`.
    let mut push = |n: u64, left: usize| {
        let mut buffer = numbered(n, &info, &[120, 40, 40]);
        let mut map = buffer.get_mut().unwrap().map_writable().unwrap();
        for (y, row) in map.chunks_mut(640 * 3).enumerate() {
            for (x, byte) in row.iter_mut().enumerate() {
                let inside = (100..160).contains(&y) && (left * 3..(left + 60) * 3).contains(&x);
                *byte = if inside { 200 } else { (40 + x / 16 + y / 10) as u8 };
            }
        }
        drop(map);
        harness.push_and_pull(buffer).unwrap()
    };
    let frames: Vec<_> = (0..250).map(|n| push(n, 100)).collect();
    let still = frames.iter().filter(|frame| gst_luchs_meta::is_still(frame)).count();
    let looked = frames
        .iter()
        .filter(|frame| gst_luchs_meta::was_inferred(frame))
        .count();
    assert_eq!((still + looked, stat(&element, "gated")), (250, still as u64));
    // Two heartbeats a second are more than there are.
    assert!((3..=60).contains(&looked), "{looked} of ten seconds");
    let walk = (250..280).map(|n| gst_luchs_meta::was_inferred(&push(n, 100 + 6 * (n as usize - 250))));
    let seen = walk.filter(|looked| *looked).count();
    // It takes a frame or two to tell that from a flash.
    assert!(seen >= 27, "{seen} of 30 on which something moves");
    element.set_property("motion-gate", false);
    assert!((280..300).all(|n| gst_luchs_meta::was_inferred(&push(n, 274))));
}

#[test]
fn frames_between_still_ones_are_still() {
    let folder = Folder::new();
    let properties = [("motion-gate", "true"), ("inference-interval", "3")];
    let (element, _) = seeing_colors(&folder, &models::yolox_seeing_colors(), &properties);
    let info = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&element, &info);
    let frames: Vec<_> = (0..250)
        .map(|n| harness.push_and_pull(numbered(n, &info, &RED)).unwrap())
        .collect();
    let at_rest = &frames[60..90];
    let moving = at_rest.iter().filter(|frame| !gst_luchs_meta::is_still(frame)).count();
    assert!(moving <= 3, "{moving} of 30");
}
