//! What luchstrack does to the objects of a stream.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use gst::prelude::*;
use gst_check::Harness;
use luchs_scene::{Object, Rect, Size};

const SIZE: Size = Size {
    width: 640,
    height: 480,
};
const CAPS: &str = "video/x-raw,format=NV12,width=640,height=480,framerate=25/1";

fn harness(properties: &str) -> Harness {
    gst::init().unwrap();
    gstluchsanalytics::plugin_register_static().unwrap();
    let mut harness = Harness::new_parse(&format!("luchstrack {properties}"));
    harness.set_src_caps_str(CAPS);
    harness
}

fn person(x: f32, confidence: f32) -> Object {
    let rect = Rect {
        x,
        y: 100.0,
        w: 50.0,
        h: 120.0,
    };
    Object {
        rect,
        label_id: 0,
        label: "person".into(),
        confidence,
        track_id: None,
    }
}

fn frame(number: u64, objects: &[Object]) -> gst::Buffer {
    let mut buffer = gst::Buffer::with_size(16).unwrap();
    let writable = buffer.make_mut();
    writable.set_pts(gst::ClockTime::from_mseconds(40 * number));
    for object in objects {
        gst_luchs_meta::attach(writable, SIZE, object);
    }
    buffer
}

fn ids(buffer: &gst::Buffer) -> Vec<Option<u64>> {
    gst_luchs_meta::objects(buffer, SIZE)
        .iter()
        .map(|object| object.track_id)
        .collect()
}

fn pass(harness: &mut Harness, buffer: gst::Buffer) -> Vec<Option<u64>> {
    ids(&harness.push_and_pull(buffer).unwrap())
}

fn stats(harness: &Harness) -> gst::Structure {
    let bin = harness.element().unwrap().downcast::<gst::Bin>();
    let element = match bin {
        Ok(bin) => bin.children().first().unwrap().clone(),
        Err(element) => element,
    };
    element.property::<gst::Structure>("stats")
}

#[test]
fn two_people_keep_their_ids_and_what_is_no_track_is_dropped() {
    let mut h = harness("min-hits=1");
    let walk = |n: u64| {
        frame(
            n,
            &[
                person(400.0 - 4.0 * n as f32, 0.9),
                person(10.0, 0.15),
                person(20.0 + 4.0 * n as f32, 0.8),
            ],
        )
    };
    for n in 0..20 {
        assert_eq!(pass(&mut h, walk(n)), [Some(1), Some(2)], "frame {n}");
    }
    let stats = stats(&h);
    assert_eq!(
        (
            stats.get::<u64>("frames"),
            stats.get::<u64>("tracks"),
            stats.get::<u64>("active")
        ),
        (Ok(20), Ok(2), Ok(2))
    );
}

#[test]
fn untracked_objects_can_stay() {
    let mut h = harness("min-hits=1 drop-untracked=false");
    assert_eq!(
        pass(&mut h, frame(0, &[person(10.0, 0.15), person(300.0, 0.9)])),
        [None, Some(1)]
    );
}

#[test]
fn a_frame_that_nobody_looked_at_ends_no_track() {
    let mut h = harness("min-hits=2 max-lost=100");
    pass(&mut h, frame(0, &[]));
    assert_eq!(pass(&mut h, frame(1, &[person(10.0, 0.9)])), []);
    let mut skipped = frame(2, &[]);
    gst_luchs_meta::mark_skipped(skipped.make_mut());
    assert_eq!(pass(&mut h, skipped), []);
    assert_eq!(pass(&mut h, frame(3, &[person(11.0, 0.9)])), [Some(1)]);
}

#[test]
fn a_still_picture_ends_no_track_however_long() {
    for still in [true, false] {
        let mut h = harness("min-hits=1 max-lost=1000");
        assert_eq!(pass(&mut h, frame(0, &[person(10.0, 0.9)])), [Some(1)]);
        for n in 1..100 {
            let mut skipped = frame(n, &[]);
            if still {
                gst_luchs_meta::mark_still(skipped.make_mut());
            } else {
                gst_luchs_meta::mark_skipped(skipped.make_mut());
            }
            pass(&mut h, skipped);
        }
        let id = if still { 1 } else { 2 };
        assert_eq!(
            pass(&mut h, frame(100, &[person(10.0, 0.9)])),
            [Some(id)],
            "still={still}"
        );
    }
}

#[test]
fn what_is_on_a_frame_that_nobody_looked_at_is_no_track() {
    for (properties, left) in [("min-hits=1", 0), ("min-hits=1 drop-untracked=false", 1)] {
        let mut h = harness(properties);
        pass(&mut h, frame(0, &[person(10.0, 0.9)]));
        let mut skipped = frame(1, &[person(10.0, 0.9)]);
        gst_luchs_meta::mark_skipped(skipped.make_mut());
        assert_eq!(pass(&mut h, skipped).len(), left, "{properties}");
    }
}

#[test]
fn ids_go_on_until_null() {
    gst::init().unwrap();
    gstluchsanalytics::plugin_register_static().unwrap();
    let element = gst::ElementFactory::make("luchstrack").build().unwrap();
    element.set_property("min-hits", 1_u32);
    let mut h = Harness::with_element(&element, Some("sink"), Some("src"));
    let mut first_id_after = |state: gst::State| {
        element.set_state(state).unwrap();
        h.play();
        h.push_event(gst::event::StreamStart::new("another"));
        h.push_event(gst::event::Caps::new(&CAPS.parse().unwrap()));
        h.push_event(gst::event::Segment::new(&gst::FormattedSegment::<gst::ClockTime>::new()));
        pass(&mut h, frame(0, &[person(10.0, 0.9)]))
    };
    assert_eq!(first_id_after(gst::State::Null), [Some(1)]);
    assert_eq!(first_id_after(gst::State::Ready), [Some(2)]);
    assert_eq!(first_id_after(gst::State::Null), [Some(1)]);
}

#[test]
fn classes_of_two_detectors_are_told_apart_by_their_labels() {
    let mut h = harness("min-hits=1");
    assert_eq!(pass(&mut h, frame(0, &[person(10.0, 0.9)])), [Some(1)]);
    // Half as far away as would be needed to follow an object of another class.
    let plate = Object {
        label: "plate".into(),
        ..person(22.0, 0.9)
    };
    assert_eq!(pass(&mut h, frame(1, &[plate])), [Some(2)]);
    assert_eq!(pass(&mut h, frame(2, &[person(22.0, 0.9)])), [Some(1)]);
}

#[test]
fn parameters_that_were_lost_on_the_way_bring_one_warning_that_names_the_remedy() {
    gst::init().unwrap();
    gstluchsanalytics::plugin_register_static().unwrap();
    let element = gst::ElementFactory::make("luchstrack").build().unwrap();
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    let mut h = Harness::with_element(&element, Some("sink"), Some("src"));
    h.set_src_caps_str(CAPS);
    for number in 0..5 {
        let mut buffer = frame(number, &[]);
        gst_video::VideoRegionOfInterestMeta::add(buffer.make_mut(), "person", (10, 10, 50, 90));
        assert_eq!(pass(&mut h, buffer), [Some(1)], "it is followed all the same");
    }
    let said: Vec<_> = std::iter::from_fn(|| bus.pop_filtered(&[gst::MessageType::Warning])).collect();
    let gst::MessageView::Warning(warning) = said[0].view() else {
        unreachable!()
    };
    let text = warning.error().to_string();
    assert!(said.len() == 1 && text.contains("no converter or scaler"), "{said:?}");
}

#[test]
fn another_trackers_ids_are_replaced() {
    let mut h = harness("min-hits=1");
    let followed = Object {
        track_id: Some(99),
        ..person(10.0, 0.9)
    };
    assert_eq!(pass(&mut h, frame(0, &[followed])), [Some(1)]);
}

#[test]
fn pixels_are_not_touched_and_frames_without_objects_pass() {
    let mut h = harness("");
    let buffer = frame(0, &[]);
    let memory = buffer.peek_memory(0).as_ptr();
    assert_eq!(h.push_and_pull(buffer).unwrap().peek_memory(0).as_ptr(), memory);
}

#[test]
fn after_a_seek_or_another_size_ids_are_new() {
    let mut h = harness("min-hits=1");
    assert_eq!(pass(&mut h, frame(5, &[person(10.0, 0.9)])), [Some(1)]);
    h.push_event(gst::event::FlushStart::new());
    h.push_event(gst::event::FlushStop::new(true));
    h.push_event(gst::event::Segment::new(&gst::FormattedSegment::<gst::ClockTime>::new()));
    assert_eq!(pass(&mut h, frame(0, &[person(10.0, 0.9)])), [Some(2)]);
    h.set_src_caps_str("video/x-raw,format=NV12,width=1280,height=960,framerate=25/1");
    assert_eq!(pass(&mut h, frame(1, &[person(10.0, 0.9)])), [Some(3)]);
    h.set_src_caps_str("video/x-raw,format=I420,width=1280,height=960,framerate=25/1");
    assert_eq!(pass(&mut h, frame(2, &[person(10.0, 0.9)])), [Some(3)]);
}

#[test]
fn time_decides_how_long_a_track_waits_not_the_number_of_frames() {
    let mut h = harness("min-hits=1 max-lost=1000");
    assert_eq!(pass(&mut h, frame(0, &[person(10.0, 0.9)])), [Some(1)]);
    pass(&mut h, frame(10, &[]));
    pass(&mut h, frame(20, &[]));
    assert_eq!(pass(&mut h, frame(25, &[person(10.0, 0.9)])), [Some(1)]);
    pass(&mut h, frame(30, &[]));
    assert_eq!(pass(&mut h, frame(51, &[person(10.0, 0.9)])), [Some(2)]);
}

#[test]
fn the_end_of_the_stream_says_what_was_followed() {
    gst::init().unwrap();
    gstluchsanalytics::plugin_register_static().unwrap();
    let element = gst::ElementFactory::make("luchstrack").build().unwrap();
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    let mut h = Harness::with_element(&element, Some("sink"), Some("src"));
    h.set_src_caps_str("video/x-raw(memory:DMABuf),format=NV12,width=640,height=480,framerate=0/1");
    for n in 0..3 {
        h.push_and_pull(frame(n, &[person(10.0, 0.9)])).unwrap();
    }
    h.push_event(gst::event::Eos::new());
    let message = bus.pop_filtered(&[gst::MessageType::Element]).unwrap();
    let stats = message.structure().unwrap();
    assert_eq!(stats.name(), "luchs-stats");
    assert_eq!((stats.get::<u64>("frames"), stats.get::<u64>("tracks")), (Ok(3), Ok(1)));
}
