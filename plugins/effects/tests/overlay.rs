//! What luchsoverlay does to pictures.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use gst::prelude::*;
use gst_check::Harness;
use gst_video::{VideoFormat, VideoFrameRef, VideoInfo};
use luchs_scene::{Object, Rect, Size};

const FORMATS: [&str; 9] = ["NV12", "I420", "RGB", "BGR", "RGBA", "BGRA", "RGBx", "BGRx", "GRAY8"];

fn harness(launch: &str, format: &str, size: Size) -> Harness {
    gst::init().unwrap();
    gstluchseffects::plugin_register_static().unwrap();
    let mut harness = Harness::new_parse(launch);
    let Size { width, height } = size;
    harness.set_src_caps_str(&format!(
        "video/x-raw,format={format},width={width},height={height},framerate=25/1"
    ));
    harness
}

fn object(rect: Rect) -> Object {
    Object {
        rect,
        label_id: 0,
        label: "person".into(),
        confidence: 0.87,
        track_id: Some(3),
    }
}

/// A black picture with objects.
fn picture(format: &str, size: Size, objects: &[Object]) -> gst::Buffer {
    gst::init().unwrap();
    let info = VideoInfo::builder(VideoFormat::from_string(format), size.width, size.height)
        .build()
        .unwrap();
    let mut buffer = gst::Buffer::from_mut_slice(vec![0; info.size()]);
    let writable = buffer.make_mut();
    for object in objects {
        gst_luchs_meta::attach(writable, size, object);
    }
    buffer
}

fn bytes(buffer: &gst::Buffer) -> Vec<u8> {
    buffer.map_readable().unwrap().to_vec()
}

#[test]
fn every_format_and_size_is_drawn_on_in_place() {
    for format in FORMATS {
        for (width, height) in [(320, 240), (321, 241), (7, 5), (1, 1)] {
            let size = Size { width, height };
            let mut h = harness("luchsoverlay", format, size);
            let whole = Rect {
                x: 0.0,
                y: 0.0,
                w: width as f32,
                h: height as f32,
            };
            let buffer = picture(format, size, &[object(whole)]);
            let (before, memory) = (bytes(&buffer), buffer.peek_memory(0).as_ptr());
            let after = h.push_and_pull(buffer).unwrap();
            assert_eq!(
                after.peek_memory(0).as_ptr(),
                memory,
                "{format} {width}×{height} was copied"
            );
            assert_ne!(bytes(&after), before, "nothing was drawn on {format} {width}×{height}");
        }
    }
}

#[test]
fn a_frame_without_objects_and_a_style_without_parts_change_nothing() {
    let size = Size { width: 64, height: 48 };
    let rect = Rect {
        x: 5.0,
        y: 5.0,
        w: 30.0,
        h: 30.0,
    };
    for (launch, objects) in [
        ("luchsoverlay", vec![]),
        (
            "luchsoverlay boxes=false labels=false ids=false confidence=false",
            vec![object(rect)],
        ),
    ] {
        let buffer = picture("I420", size, &objects);
        let before = bytes(&buffer);
        assert_eq!(
            bytes(&harness(launch, "I420", size).push_and_pull(buffer).unwrap()),
            before,
            "{launch}"
        );
    }
}

#[test]
fn rows_with_padding_are_found_by_their_stride() {
    let size = Size { width: 10, height: 4 };
    let mut h = harness(
        "luchsoverlay labels=false ids=false confidence=false line-width=1",
        "GRAY8",
        size,
    );
    let mut buffer = gst::Buffer::from_mut_slice(vec![0; 4 * 64]);
    let writable = buffer.make_mut();
    gst_video::VideoMeta::add_full(
        writable,
        gst_video::VideoFrameFlags::empty(),
        VideoFormat::Gray8,
        10,
        4,
        &[0],
        &[64],
    )
    .unwrap();
    gst_luchs_meta::attach(
        writable,
        size,
        &object(Rect {
            x: 0.0,
            y: 0.0,
            w: 10.0,
            h: 4.0,
        }),
    );
    let after = bytes(&h.push_and_pull(buffer).unwrap());
    let drawn: Vec<usize> = after
        .iter()
        .enumerate()
        .filter(|(_, b)| **b != 0)
        .map(|(i, _)| i)
        .collect();
    let expected: Vec<usize> = (0..10).chain([64, 73, 128, 137]).chain(192..202).collect();
    assert_eq!(drawn, expected);
}

#[test]
fn what_downstream_wants_of_memory_is_asked_upstream() {
    let size = Size { width: 64, height: 48 };
    let mut h = harness("luchsoverlay", "RGB", size);
    h.add_propose_allocation_meta(gst_video::VideoMeta::meta_api(), None);
    h.add_propose_allocation_meta(gst_video::VideoCropMeta::meta_api(), None);
    h.push_and_pull(picture("RGB", size, &[])).unwrap();
    let caps = h.sinkpad().unwrap().current_caps().unwrap();
    let mut query = gst::query::Allocation::new(Some(&caps), true);
    assert!(h.srcpad().unwrap().peer_query(&mut query));
    assert!(
        query.find_allocation_meta::<gst_video::VideoMeta>().is_some(),
        "{query:?}"
    );
    // Except a crop by metadata, which would not be drawn where it is seen.
    assert!(
        query.find_allocation_meta::<gst_video::VideoCropMeta>().is_none(),
        "{query:?}"
    );
}

#[test]
fn colours_follow_the_streams_colorimetry() {
    let size = Size { width: 16, height: 16 };
    let y = |colorimetry: &str| {
        let mut h = harness(
            "luchsoverlay labels=false ids=false confidence=false line-width=64",
            "GRAY8",
            size,
        );
        h.set_src_caps_str(&format!(
            "video/x-raw,format=GRAY8,width=16,height=16,framerate=25/1,colorimetry={colorimetry}"
        ));
        let whole = Rect {
            x: 0.0,
            y: 0.0,
            w: 16.0,
            h: 16.0,
        };
        let out = h.push_and_pull(picture("GRAY8", size, &[object(whole)])).unwrap();
        let info = VideoInfo::builder(VideoFormat::Gray8, 16, 16).build().unwrap();
        VideoFrameRef::from_buffer_ref_readable(&out, &info)
            .unwrap()
            .plane_data(0)
            .unwrap()[0]
    };
    // The green (0, 158, 115) of track 3: brightness .4151 of BT.601, .4757 of BT.709.
    assert_eq!((y("bt601"), y("bt709"), y("1:4:0:0")), (107, 120, 106));
}
