//! luchsdetect with the real runtime (`ORT_DYLIB_PATH`) and generated models.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod common;

use common::{Folder, RED, element, error, info, models, objects, paint, picture, running};
use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};
use luchs_scene::Object;

/// Red in BT.601 with limited range.
const RED_601: [u8; 3] = [81, 90, 240];
/// Red in BT.709 with limited range.
const RED_709: [u8; 3] = [63, 102, 240];

fn near(object: &Object, x: f32, y: f32, w: f32, h: f32) -> bool {
    let r = object.rect;
    [r.x - x, r.y - y, r.w - w, r.h - h]
        .iter()
        .all(|difference| difference.abs() < 0.05)
}

fn named_by_color(folder: &Folder) -> gst::Element {
    folder.file("labels.txt", b"blue\ngreen\nred\n");
    let (element, _) = element(&folder.model("m.onnx", &models::yolox_seeing_colors()));
    element.set_property("threshold", 0.5f32);
    element
}

/// What an element that names colours sees on one frame.
fn seen(info: &VideoInfo, buffer: gst::Buffer) -> Vec<Object> {
    let folder = Folder::new();
    let mut harness = running(&named_by_color(&folder), info);
    let buffer = harness.push_and_pull(buffer).unwrap();
    objects(&buffer, info)
}

#[test]
fn red_is_red_in_every_format_of_odd_and_even_size() {
    use VideoFormat::{Bgr, Bgra, Bgrx, I420, Nv12, Rgb, Rgba, Rgbx};
    for (width, height) in [(128, 128), (127, 127)] {
        for format in [Nv12, I420, Rgb, Bgr, Rgba, Bgra, Rgbx, Bgrx] {
            let info = info(format, width, height);
            let color: &[u8] = if info.is_yuv() { &RED_601 } else { &RED };
            let found = seen(&info, picture(&info, color));
            assert_eq!(found.len(), 1, "{format:?} {found:?}");
            let side = width as f32 / 2.0;
            assert!(near(&found[0], 0.0, 0.0, side, side), "{format:?} {found:?}");
            assert_eq!((&*found[0].label, found[0].label_id), ("red", 2), "{format:?}");
            assert!(found[0].confidence > 0.98, "{format:?} {found:?}");
        }
    }
}

#[test]
fn gray_is_as_bright_as_it_is() {
    let info = info(VideoFormat::Gray8, 128, 128);
    let found = seen(&info, picture(&info, &[204]));
    assert!((found[0].confidence - 0.8).abs() < 0.01, "{found:?}");
}

#[test]
fn colors_follow_the_colorimetry_of_the_caps() {
    let info = VideoInfo::builder(VideoFormat::Nv12, 128, 128)
        .colorimetry(&"bt709".parse().unwrap())
        .build()
        .unwrap();
    // Read as BT.601 it would be 0.91.
    assert!(seen(&info, picture(&info, &RED_709))[0].confidence > 0.98);
}

#[test]
fn padded_planes_are_read_with_their_stride() {
    let info = info(VideoFormat::Nv12, 128, 128);
    let padded = VideoInfo::builder(VideoFormat::Nv12, 128, 128)
        .stride(&[192, 192])
        .offset(&[0, 192 * 130])
        .build();
    let padded = padded.unwrap();
    let mut buffer = gst::Buffer::with_size(192 * 130 + 192 * 64).unwrap();
    let inner = buffer.get_mut().unwrap();
    inner.map_writable().unwrap().fill(0);
    let flags = gst_video::VideoFrameFlags::empty();
    let format = VideoFormat::Nv12;
    gst_video::VideoMeta::add_full(inner, flags, format, 128, 128, padded.offset(), padded.stride()).unwrap();
    paint(inner, &info, &RED_601);
    let found = seen(&info, buffer);
    assert!(&*found[0].label == "red" && found[0].confidence > 0.98, "{found:?}");
}

#[test]
fn objects_carry_label_confidence_and_box_for_other_elements() {
    let folder = Folder::new();
    let info = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&named_by_color(&folder), &info);
    let buffer = harness.push_and_pull(picture(&info, &RED)).unwrap();
    let metas: Vec<_> = buffer.iter_meta::<gst_video::VideoRegionOfInterestMeta>().collect();
    assert_eq!(
        (metas.len(), metas[0].roi_type(), metas[0].rect()),
        (1, "red", (0, 0, 64, 64))
    );
    let detection = metas[0].param("detection").unwrap();
    assert_eq!(detection.get::<i32>("label_id"), Ok(2));
    assert_eq!(detection.get::<f64>("x_max"), Ok(0.5));
}

#[test]
fn every_family_is_recognised_and_read() {
    let cases = [
        ("yolox", models::yolox(), (0.0, 0.0, 64.0, 64.0), "1"),
        ("nanodet", models::nanodet(), (0.0, 0.0, 64.0, 64.0), "2"),
        ("ssd", models::ssd(), (0.0, 0.0, 64.0, 128.0), "1"),
        ("ssd-nms", models::ssd_nms(), (64.0, 0.0, 64.0, 128.0), "0"),
        (
            "ssd with open outputs",
            models::with_open_outputs(models::ssd()),
            (0.0, 0.0, 64.0, 128.0),
            "1",
        ),
    ];
    let info = info(VideoFormat::I420, 128, 128);
    for (family, model, (x, y, w, h), label) in cases {
        let folder = Folder::new();
        let (element, _) = element(&folder.model("m.onnx", &model));
        let mut harness = running(&element, &info);
        let buffer = harness.push_and_pull(picture(&info, &RED_601)).unwrap();
        let mut found = objects(&buffer, &info);
        found.retain(|object| object.confidence > 0.3);
        assert!(found.len() == 1 && near(&found[0], x, y, w, h), "{family} {found:?}");
        assert_eq!(&*found[0].label, label, "{family}");
    }
}

#[test]
fn a_passport_names_thresholds_and_labels() {
    let folder = Folder::new();
    let (element, _) = element(&folder.with_passport(&models::yolox()));
    let info = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&element, &info);
    let mut count = |threshold: f32| {
        element.set_property("threshold", threshold);
        let buffer = harness.push_and_pull(picture(&info, &RED)).unwrap();
        objects(&buffer, &info)
            .iter()
            .map(|object| object.label.to_string())
            .collect::<Vec<_>>()
    };
    // The passport's 0.7 lets the 0.75 through.
    assert_eq!(count(-1.0), ["green"]);
    assert_eq!(count(0.8), [""; 0]);
    assert_eq!(count(0.7), ["green"]);
}

#[test]
fn classes_that_nobody_wants_are_left_out() {
    for (wanted, expected) in [("green", 1), ("blue, red", 0), ("", 1)] {
        let folder = Folder::new();
        let (element, _) = element(&folder.with_passport(&models::yolox()));
        element.set_property("object-class", wanted);
        let info = info(VideoFormat::Rgb, 128, 128);
        let buffer = running(&element, &info).push_and_pull(picture(&info, &RED)).unwrap();
        assert_eq!(objects(&buffer, &info).len(), expected, "{wanted:?}");
    }
}

#[test]
fn frames_between_inferences_are_marked() {
    let folder = Folder::new();
    let element = named_by_color(&folder);
    element.set_property("inference-interval", 3u32);
    let info = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&element, &info);
    let seen: Vec<_> = (0..7)
        .map(|_| {
            let buffer = harness.push_and_pull(picture(&info, &RED)).unwrap();
            (gst_luchs_meta::was_inferred(&buffer), objects(&buffer, &info).len())
        })
        .collect();
    let (looked, skipped) = ((true, 1), (false, 0));
    assert_eq!(seen, [looked, skipped, skipped, looked, skipped, skipped, looked]);
    let stats = element.property::<gst::Structure>("stats");
    assert_eq!(
        ["frames", "inferences", "objects"].map(|name| stats.get::<u64>(name).unwrap()),
        [7, 3, 3]
    );
    assert!(stats.get::<f64>("average-infer-ms").unwrap() > 0.0);
}

#[test]
fn statistics_are_posted_at_the_end() {
    let folder = Folder::new();
    let (element, bus) = element(&folder.model("m.onnx", &models::yolox()));
    element.set_property("stats-interval", 0u32);
    element.set_property("device", "cpu");
    let info = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&element, &info);
    assert_eq!(
        element.property::<Option<String>>("active-device").as_deref(),
        Some("cpu")
    );
    harness.push_and_pull(picture(&info, &RED)).unwrap();
    assert!(bus.pop_filtered(&[gst::MessageType::Element]).is_none());
    assert!(harness.push_event(gst::event::Eos::new()));
    let message = bus.pop_filtered(&[gst::MessageType::Element]).unwrap();
    let stats = message.structure().unwrap();
    assert_eq!(
        (stats.name().as_str(), stats.get::<u64>("frames")),
        ("luchs-stats", Ok(1))
    );
}

#[test]
fn the_smallest_and_larger_than_8k_frames_are_looked_at() {
    for (format, width, height) in [
        (VideoFormat::Rgb, 1, 1),
        (VideoFormat::Nv12, 1, 1),
        (VideoFormat::I420, 7681, 4321),
        (VideoFormat::Gray8, 7681, 4321),
    ] {
        let info = info(format, width, height);
        let found = seen(&info, picture(&info, &[255, 128, 128]));
        assert_eq!(found.len(), 1, "{format:?} {width}×{height}");
    }
}

#[test]
fn frames_may_change_in_the_middle() {
    let folder = Folder::new();
    let element = named_by_color(&folder);
    let first = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&element, &first);
    for (format, side) in [
        (VideoFormat::Rgb, 128),
        (VideoFormat::Nv12, 320),
        (VideoFormat::Bgrx, 33),
    ] {
        let info = info(format, side, side);
        harness.set_src_caps(info.to_caps().unwrap());
        let color: &[u8] = if info.is_yuv() { &RED_601 } else { &RED };
        let buffer = harness.push_and_pull(picture(&info, color)).unwrap();
        let found = objects(&buffer, &info);
        let half = side as f32 / 2.0;
        assert!(
            found.len() == 1 && near(&found[0], 0.0, 0.0, half, half),
            "{format:?} {found:?}"
        );
        assert_eq!(&*found[0].label, "red");
    }
}

#[test]
fn a_buffer_that_is_too_small_is_an_error() {
    let folder = Folder::new();
    let (element, bus) = element(&folder.model("m.onnx", &models::yolox()));
    let info = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&element, &info);
    assert_eq!(
        harness.push(gst::Buffer::with_size(100).unwrap()),
        Err(gst::FlowError::Error)
    );
    assert!(error(&bus).contains("A frame cannot be read"));
}

#[test]
fn a_model_set_in_ready_is_the_one_that_runs() {
    let folder = Folder::new();
    let (element, bus) = element(&folder.model("yolox.onnx", &models::yolox()));
    element.set_state(gst::State::Ready).unwrap();
    element.set_property("model", folder.model("ssd.onnx", &models::ssd()).to_str().unwrap());
    let info = info(VideoFormat::Rgb, 128, 128);
    let buffer = running(&element, &info).push_and_pull(picture(&info, &RED)).unwrap();
    assert!(near(&objects(&buffer, &info)[0], 0.0, 0.0, 64.0, 128.0));
    element.set_state(gst::State::Ready).unwrap();
    element.set_property("model", "/nonexistent.onnx");
    assert!(element.set_state(gst::State::Paused).is_err());
    assert!(error(&bus).contains("/nonexistent.onnx: no such file"));
}

#[test]
fn with_an_instance_id_too_a_model_set_in_ready_is_the_one_that_runs() {
    let folder = Folder::new();
    let (element, bus) = element(&folder.model("yolox.onnx", &models::yolox()));
    element.set_property("model-instance-id", "replaced");
    element.set_state(gst::State::Ready).unwrap();
    element.set_property("model", folder.model("ssd.onnx", &models::ssd()).to_str().unwrap());
    let opened = element.set_state(gst::State::Paused);
    assert!(opened.is_ok(), "{}", error(&bus));
    element.set_state(gst::State::Null).unwrap();
}

#[test]
fn a_second_detector_takes_the_mark_of_the_first_off() {
    let folder = Folder::new();
    let info = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&named_by_color(&folder), &info);
    let mut buffer = picture(&info, &RED);
    gst_luchs_meta::mark_skipped(buffer.make_mut());
    assert!(gst_luchs_meta::was_inferred(&harness.push_and_pull(buffer).unwrap()));
}

/// Red where it is cropped away, green in the middle.
fn seen_cropped(sink: &str) -> Vec<Object> {
    let folder = Folder::new();
    let element = named_by_color(&folder);
    let pipeline = gst::Pipeline::new();
    let front = gst::parse::bin_from_description(
        "videotestsrc num-buffers=1 pattern=red ! video/x-raw,format=I420,width=256,height=192 ! \
         videobox left=-64 top=-32 fill=green ! video/x-raw,format=I420 ! videocrop left=64 top=32",
        true,
    );
    let sink = gst::ElementFactory::make(sink).build().unwrap();
    pipeline.add(front.as_ref().unwrap()).unwrap();
    pipeline.add_many([&element, &sink]).unwrap();
    gst::Element::link_many([front.unwrap().upcast_ref(), &element, &sink]).unwrap();
    let (sender, seen) = std::sync::mpsc::channel();
    let pad = element.static_pad("src").unwrap();
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, probe| {
        if let Some(buffer) = probe.buffer() {
            let caps = pad.current_caps().unwrap();
            let info = VideoInfo::from_caps(&caps).unwrap();
            assert_eq!((info.width(), info.height()), (256, 192));
            sender.send(objects(buffer, &info)).unwrap();
        }
        gst::PadProbeReturn::Ok
    });
    pipeline.set_state(gst::State::Playing).unwrap();
    let end = [gst::MessageType::Eos, gst::MessageType::Error];
    let message = pipeline
        .bus()
        .unwrap()
        .timed_pop_filtered(gst::ClockTime::from_seconds(20), &end);
    assert_eq!(message.map(|m| m.type_()), Some(gst::MessageType::Eos));
    pipeline.set_state(gst::State::Null).unwrap();
    seen.recv().unwrap()
}

#[test]
fn a_crop_is_real_also_when_the_sink_would_do_without() {
    let found = seen_cropped("fakesink");
    assert_eq!(&*found[0].label, "red", "{found:?}");
    assert_eq!(seen_cropped("fakevideosink"), found);
}

#[test]
fn a_crop_that_nobody_asked_for_is_refused_with_the_remedy() {
    let folder = Folder::new();
    let (element, bus) = element(&folder.model("m.onnx", &models::yolox()));
    let info = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&element, &info);
    let mut buffer = picture(&info, &RED);
    gst_video::VideoCropMeta::add(buffer.make_mut(), (8, 8, 64, 64));
    assert_eq!(harness.push(buffer), Err(gst::FlowError::Error));
    let message = error(&bus);
    assert!(
        message.contains("64×64 at 8, 8") && message.contains("videoscale"),
        "{message}"
    );
}

#[test]
fn upstream_is_told_what_downstream_takes() {
    let folder = Folder::new();
    let (element, _) = element(&folder.model("m.onnx", &models::yolox()));
    let info = info(VideoFormat::Nv12, 128, 128);
    let mut harness = running(&element, &info);
    harness.push_and_pull(picture(&info, &RED_601)).unwrap();
    let takes_padding = |element: &gst::Element| {
        let mut query = gst::query::Allocation::new(Some(&info.to_caps().unwrap()), true);
        assert!(element.static_pad("sink").unwrap().query(&mut query));
        query.find_allocation_meta::<gst_video::VideoMeta>().is_some()
    };
    // Buffers go on as they are: padded ones only if what follows can read them, and then without a copy.
    assert!(!takes_padding(&element));
    harness.add_propose_allocation_meta(gst_video::VideoMeta::meta_api(), None);
    harness.add_propose_allocation_meta(gst_video::VideoCropMeta::meta_api(), None);
    assert!(takes_padding(&element));
}
