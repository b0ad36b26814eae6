//! Another model while frames flow.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod common;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use common::{
    Folder, RED, info, labels, models, number, numbered, objects, pulled, running, seeing_colors, until, variants,
    warnings,
};
use gst::prelude::*;
use gst_check::Harness;
use gst_video::VideoFormat;

const POLICIES: [&str; 2] = ["latency", "throughput"];

/// A folder with a model that sees red, and one that sees a box of class 1 of another size.
fn two_models() -> (Folder, PathBuf) {
    let folder = Folder::new();
    let other = folder.model("other.onnx", &models::ssd());
    (folder, other)
}

fn set_model(element: &gst::Element, path: &Path) {
    element.set_property("model", path.to_str().unwrap());
}

/// Pushes red frames until it is told to stop, and gives all that came out.
struct Load {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<gst::Buffer>>,
}

impl Load {
    fn on(mut harness: Harness) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let info = info(VideoFormat::Rgb, 128, 128);
            let mut frames = Vec::new();
            let mut n = 0;
            while !stopped.load(Ordering::SeqCst) {
                harness.push(numbered(n, &info, &RED)).unwrap();
                frames.extend(pulled(&mut harness));
                n += 1;
            }
            harness.push_event(gst::event::Eos::new());
            frames.extend(pulled(&mut harness));
            assert_eq!(frames.len() as u64, n, "a frame is lost");
            frames
        });
        Self { stop, thread }
    }

    fn stop(self) -> Vec<gst::Buffer> {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap()
    }
}

/// The next message that another model runs.
fn swapped(bus: &gst::Bus) -> Option<gst::Structure> {
    std::iter::from_fn(|| bus.pop_filtered(&[gst::MessageType::Element]))
        .filter_map(|message| message.structure().map(ToOwned::to_owned))
        .find(|structure| structure.name() == "luchs-model")
}

#[test]
fn another_model_takes_over_between_two_frames_and_none_is_lost_or_passed_over() {
    let info = info(VideoFormat::Rgb, 128, 128);
    for policy in POLICIES {
        let (folder, other) = two_models();
        let properties = [("scheduling-policy", policy), ("workers", "2")];
        let (element, bus) = seeing_colors(&folder, &variants::slow(128), &properties);
        element.set_property("threshold", 0.6f32);
        let load = Load::on(running(&element, &info));
        element.set_property("labels-file", folder.file("three.txt", b"a\nb\nc\n").to_str().unwrap());
        set_model(&element, &other);
        let mut message = None;
        until("the other model runs", || {
            message = swapped(&bus);
            message.is_some()
        });
        let message = message.unwrap();
        assert_eq!(message.get::<&str>("name"), Ok("other"));
        assert_eq!(message.get::<&str>("device"), Ok("cpu"));
        assert_eq!(message.get::<&str>("digest").unwrap().len(), 64);
        assert_eq!(element.property::<String>("model"), other.to_str().unwrap());
        let frames = load.stop();
        assert!(
            frames.iter().enumerate().all(|(n, frame)| number(frame) == n as u64),
            "{policy}"
        );
        assert!(
            frames.iter().all(|frame| gst_luchs_meta::was_inferred(frame)),
            "{policy}"
        );
        let seen: Vec<_> = frames.iter().map(|frame| labels(frame, &info)).collect();
        let first = seen.iter().position(|labels| *labels != ["red"]).unwrap();
        assert!(first > 0, "{policy}");
        assert!(
            seen[first..].iter().all(|labels| *labels == ["b"]),
            "{policy}: {:?}",
            seen[first]
        );
        assert!(warnings(&bus).is_empty());
    }
}

#[test]
fn a_model_that_cannot_be_used_leaves_the_old_one_and_says_why() {
    let info = info(VideoFormat::Rgb, 128, 128);
    for policy in POLICIES {
        let (folder, _) = two_models();
        let (element, bus) = seeing_colors(
            &folder,
            &models::yolox_seeing_colors(),
            &[("scheduling-policy", policy)],
        );
        let before = element.property::<String>("model");
        let load = Load::on(running(&element, &info));
        let damaged = folder.file("damaged.onnx", b"not a model at all");
        for (property, value, expected) in [
            ("model", "/nonexistent.onnx", "/nonexistent.onnx: no such file"),
            (
                "model",
                damaged.to_str().unwrap(),
                "damaged.onnx: this is not an ONNX model",
            ),
            ("device", "cuda:7", "device cuda:7 cannot be used"),
            ("object-class", "zebra", "the model knows no “zebra”"),
            ("labels-file", "/nonexistent.txt", "/nonexistent.txt: no such file"),
        ] {
            let old = element.property::<Option<String>>(property);
            element.set_property(property, value);
            let mut said = Vec::new();
            until("a warning", || {
                said.extend(warnings(&bus));
                !said.is_empty()
            });
            assert!(
                said.len() == 1 && said[0].contains("the model that runs stays in use"),
                "{said:?}"
            );
            assert!(said[0].contains(expected), "{said:?}");
            assert_eq!(element.property::<Option<String>>(property), old, "{property}");
        }
        assert_eq!(element.property::<String>("model"), before);
        let frames = load.stop();
        assert!(frames.iter().all(|frame| labels(frame, &info) == ["red"]), "{policy}");
    }
}

#[test]
fn of_several_settings_in_a_row_the_last_one_counts() {
    let (folder, other) = two_models();
    let (element, bus) = seeing_colors(&folder, &models::yolox_seeing_colors(), &[]);
    let first = PathBuf::from(element.property::<String>("model"));
    let info = info(VideoFormat::Rgb, 128, 128);
    let load = Load::on(running(&element, &info));
    for path in [
        &other,
        Path::new("/nonexistent.onnx"),
        &first,
        &other,
        &first,
        Path::new("/nonexistent.onnx"),
        &other,
    ] {
        set_model(&element, path);
    }
    let mut names = Vec::new();
    until("the last one runs", || {
        names.extend(swapped(&bus).map(|message| message.get::<String>("name").unwrap()));
        names.last().is_some_and(|name| name == "other")
    });
    // Those before it were not even tried.
    assert_eq!(names, ["other"]);
    assert!(warnings(&bus).is_empty());
    load.stop();
}

#[test]
fn wanted_classes_change_while_frames_flow() {
    let folder = Folder::new();
    let (element, bus) = seeing_colors(&folder, &models::yolox_seeing_colors(), &[]);
    let info = info(VideoFormat::Rgb, 128, 128);
    let mut harness = running(&element, &info);
    let mut look = |n| labels(&harness.push_and_pull(numbered(n, &info, &RED)).unwrap(), &info);
    assert_eq!(look(0), ["red"]);
    element.set_property("object-class", "green,blue");
    until("red is not wanted", || look(1).is_empty());
    element.set_property("object-class", "");
    until("all are wanted", || look(2) == ["red"]);
    assert!(warnings(&bus).is_empty());
}

#[test]
fn an_element_that_goes_to_null_or_ready_while_a_model_is_loaded_does_so_cleanly() {
    let (folder, other) = two_models();
    let info = info(VideoFormat::Rgb, 128, 128);
    for round in 0..10 {
        let (element, bus) = seeing_colors(&folder, &models::yolox_seeing_colors(), &[]);
        let mut harness = running(&element, &info);
        harness.push_and_pull(numbered(0, &info, &RED)).unwrap();
        set_model(&element, &other);
        // At another moment of the loading each time.
        std::thread::sleep(std::time::Duration::from_millis(10 * round));
        let state = if round % 2 == 0 {
            gst::State::Null
        } else {
            gst::State::Ready
        };
        element.set_state(state).unwrap();
        assert_eq!(element.property::<String>("model"), other.to_str().unwrap());
        // And it is the one that runs next.
        harness.play();
        harness.push_event(gst::event::StreamStart::new("another"));
        harness.push_event(gst::event::Caps::new(&info.to_caps().unwrap()));
        harness.push_event(gst::event::Segment::new(&gst::FormattedSegment::<gst::ClockTime>::new()));
        let buffer = harness.push_and_pull(numbered(0, &info, &RED)).unwrap();
        assert!(
            objects(&buffer, &info).iter().any(|object| object.rect.h == 128.0),
            "{round}"
        );
        element.set_state(gst::State::Null).unwrap();
        assert!(warnings(&bus).is_empty(), "{round}");
    }
}

/// Intel builds the plug-in for its own computers only; with the CPU alone there is nothing to measure.
#[cfg(target_arch = "x86_64")]
#[test]
fn measuring_the_devices_is_told_of_when_it_begins_and_when_it_is_done() {
    let folder = Folder::new();
    // No model that was measured before.
    let mut unknown = models::yolox();
    unknown.producer_version = folder.path().display().to_string();
    let model = folder.model("model.onnx", &unknown);
    let (element, bus) = common::element(&model);
    element.set_property("device", "auto");
    element.set_state(gst::State::Ready).unwrap();
    let told: Vec<_> = std::iter::from_fn(|| bus.pop_filtered(&[gst::MessageType::Progress]))
        .map(|message| match message.view() {
            gst::MessageView::Progress(progress) => {
                let (kind, code, text) = progress.get();
                (kind, code.to_owned(), text.to_owned())
            }
            _ => unreachable!(),
        })
        .collect();
    element.set_state(gst::State::Null).unwrap();
    let kinds: Vec<_> = told.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(kinds.first(), Some(&gst::ProgressType::Start), "{told:?}");
    assert_eq!(kinds.last(), Some(&gst::ProgressType::Complete), "{told:?}");
    for (_, code, text) in &told {
        assert!(
            code == "open" && text.contains(model.to_str().unwrap()) && text.contains("measures"),
            "{told:?}"
        );
    }
}
