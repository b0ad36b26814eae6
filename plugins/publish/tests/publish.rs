//! What luchspublish promises a pipeline. What it promises subscribers needs a broker: see the scenarios.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    sync::Once,
    time::{Duration, Instant},
};

use gst::prelude::*;
use gst_check::Harness;
use luchs_scene::{Object, Rect, Size};
use luchs_seal::RecipientKey;
use site::Site;

mod site;

const SIZE: Size = Size { width: 64, height: 48 };
const CAPS: &str = "video/x-raw,format=GRAY8,width=64,height=48,framerate=10/1";

fn site() -> Site {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().unwrap();
        gstluchspublish::plugin_register_static().unwrap();
    });
    Site::new()
}

/// The error with which the element refuses to become ready.
fn refusal(element: &gst::Element) -> String {
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    assert!(element.set_state(gst::State::Ready).is_err(), "it became ready");
    let message = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
    let gst::MessageView::Error(error) = message.view() else {
        unreachable!()
    };
    error.error().to_string()
}

fn frame(number: u64, tracks: &[Option<u64>]) -> gst::Buffer {
    let mut buffer = gst::Buffer::with_size(64 * 48).unwrap();
    let inner = buffer.get_mut().unwrap();
    inner.set_pts(gst::ClockTime::from_mseconds(100 * number));
    for &track_id in tracks {
        let rect = Rect {
            x: 1.0,
            y: 2.0,
            w: 10.0,
            h: 20.0,
        };
        let object = Object {
            rect,
            label_id: 0,
            label: "person".into(),
            confidence: 0.9,
            track_id,
        };
        gst_luchs_meta::attach(inner, SIZE, &object);
    }
    buffer
}

fn harness(element: &gst::Element) -> (Harness, gst::Bus) {
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    let mut harness = Harness::with_element(element, Some("sink"), Some("src"));
    harness.set_src_caps_str(CAPS);
    (harness, bus)
}

fn stat(element: &gst::Element, name: &str) -> u64 {
    element.property::<gst::Structure>("stats").get(name).unwrap()
}

/// All warnings that are on the bus now.
fn warnings(bus: &gst::Bus) -> Vec<String> {
    let text = |message: gst::Message| match message.view() {
        gst::MessageView::Warning(warning) => warning.error().to_string(),
        _ => unreachable!(),
    };
    std::iter::from_fn(|| bus.pop_filtered(&[gst::MessageType::Warning]))
        .map(text)
        .collect()
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_required_property_that_is_missing_is_named() {
    let site = site();
    for property in [
        "camera",
        "broker",
        "ca-file",
        "cert-file",
        "key-file",
        "recipients",
        "signing-key",
        "outbox",
    ] {
        let element = site.element();
        element.set_property(property, None::<String>);
        let error = refusal(&element);
        assert!(
            error.contains(&format!("“{property}”")) && error.contains("for example"),
            "{error}"
        );
    }
}

#[test]
fn what_cannot_be_used_is_refused_before_the_first_frame_with_the_reason() {
    let site = site();
    let path = |name: &str| site.path(name).to_str().unwrap().to_owned();
    fs::create_dir(site.path("nobody")).unwrap();
    fs::create_dir(site.path("careless")).unwrap();
    let private = RecipientKey::generate().unwrap();
    private.save(&site.path("careless/r.jwk")).unwrap();
    fs::copy(site.path("device.jwk"), site.path("exposed.jwk")).unwrap();
    fs::set_permissions(site.path("exposed.jwk"), Permissions::from_mode(0o644)).unwrap();
    fs::copy(site.path("box.pem"), site.path("keyless.pem")).unwrap();
    fs::set_permissions(site.path("keyless.pem"), Permissions::from_mode(0o600)).unwrap();
    for (property, value, reason) in [
        ("camera", "a/b".to_owned(), "is not a name"),
        ("broker", "mqtt://localhost".to_owned(), "without TLS"),
        ("broker", "localhost".to_owned(), "mqtts://host"),
        ("ca-file", path("absent.pem"), "absent.pem"),
        ("cert-file", path("box.key"), "no certificate"),
        ("key-file", path("other.key"), "does not belong to the certificate"),
        ("key-file", path("keyless.pem"), "no private key"),
        ("recipients", path("nobody"), "holds no public key"),
        ("recipients", path("careless"), "private key"),
        ("signing-key", path("exposed.jwk"), "chmod 600"),
        ("signing-key", path("recipients/viewer.jwk"), "viewer.jwk"),
        ("outbox", path("device.jwk/x"), "device.jwk"),
        ("topic-prefix", "a/#".to_owned(), "topic"),
    ] {
        let element = site.element();
        element.set_property(property, &value);
        let error = refusal(&element);
        assert!(error.contains(reason), "{property}={value}: {error}");
    }
}

#[test]
fn without_a_broker_frames_flow_and_events_are_kept() {
    let site = site();
    let element = site.element();
    let (mut harness, bus) = harness(&element);
    for number in 0..30 {
        let buffer = frame(number, &[Some(7)]);
        let pixels = buffer.as_ptr();
        let out = harness.push_and_pull(buffer).unwrap();
        assert_eq!(out.as_ptr(), pixels, "the frame was copied");
    }
    let mut said = Vec::new();
    until("a warning", || {
        said.extend(warnings(&bus));
        !said.is_empty()
    });
    assert!(
        said[0].contains("127.0.0.1:1") && said[0].contains("nothing listens there"),
        "{said:?}"
    );
    assert!(harness.push_event(gst::event::Eos::new()));
    // new, two or three updates, end
    let sealed = stat(&element, "events-sealed");
    assert!(sealed >= 4, "{sealed}");
    assert_eq!(
        (stat(&element, "events-pending"), stat(&element, "events-dropped")),
        (sealed, 0)
    );
    let last = warnings(&bus).pop().unwrap();
    assert!(
        last.contains(&format!("{sealed} events are not acknowledged")) && last.contains("box.outbox"),
        "{last}"
    );
    drop(harness);

    // They are still there for the next run.
    let element = site.element();
    element.set_state(gst::State::Ready).unwrap();
    assert_eq!(stat(&element, "events-pending"), sealed);
    element.set_state(gst::State::Null).unwrap();
}

#[test]
fn the_end_of_the_stream_posts_the_statistics() {
    let site = site();
    let element = site.element();
    let (mut harness, bus) = harness(&element);
    harness.push(frame(0, &[Some(1)])).unwrap();
    harness.push_event(gst::event::Eos::new());
    let message = bus.pop_filtered(&[gst::MessageType::Element]).unwrap();
    let stats = message.structure().unwrap();
    assert_eq!(
        (stats.name().as_str(), stats.get("element")),
        ("luchs-stats", Ok("luchspublish"))
    );
    assert_eq!(
        (stats.get("frames"), stats.get("events-sealed")),
        (Ok(1_u64), Ok(2_u64))
    );
}

#[test]
fn stopping_in_the_middle_ends_the_objects_in_view() {
    let site = site();
    let element = site.element();
    let (mut harness, _bus) = harness(&element);
    harness.push(frame(0, &[Some(1), Some(2)])).unwrap();
    drop(harness);
    element.set_state(gst::State::Null).unwrap();
    element.set_state(gst::State::Ready).unwrap();
    assert_eq!(stat(&element, "events-pending"), 4);
    element.set_state(gst::State::Null).unwrap();
}

#[test]
fn objects_without_tracks_bring_one_warning_that_names_the_remedy() {
    let site = site();
    let element = site.element();
    let (mut harness, bus) = harness(&element);
    for number in 0..200 {
        harness.push(frame(number, &[None])).unwrap();
    }
    harness.push_event(gst::event::Eos::new());
    let said = warnings(&bus)
        .into_iter()
        .filter(|text| text.contains("luchstrack before luchspublish"))
        .count();
    assert_eq!((said, stat(&element, "events-submitted")), (1, 0));
}

#[test]
fn frames_that_no_detector_looked_at_end_nothing() {
    let site = site();
    let element = site.element();
    let (mut harness, _bus) = harness(&element);
    harness.push(frame(0, &[Some(1)])).unwrap();
    for number in 1..100 {
        let mut skipped = frame(number, &[]);
        gst_luchs_meta::mark_skipped(skipped.get_mut().unwrap());
        harness.push(skipped).unwrap();
    }
    assert_eq!(stat(&element, "events-submitted"), 1);
}

#[test]
fn a_still_picture_ends_nothing() {
    let site = site();
    let element = site.element();
    let (mut harness, _bus) = harness(&element);
    harness.push(frame(0, &[Some(1)])).unwrap();
    for number in 1..1000 {
        let mut buffer = frame(number, &[]);
        if number % 100 > 0 {
            gst_luchs_meta::mark_still(buffer.get_mut().unwrap());
        }
        harness.push(buffer).unwrap();
    }
    assert_eq!(stat(&element, "events-submitted"), 1);
}

#[test]
fn what_a_detector_says_about_itself_becomes_an_event() {
    let site = site();
    let element = site.element();
    let (mut harness, _bus) = harness(&element);
    let status = luchs_scene::event::Status {
        condition: luchs_scene::event::Condition::DetectorFailing,
        text: "the outputs are not numbers".into(),
    };
    harness.push(frame(0, &[])).unwrap();
    assert!(harness.push_event(gst_luchs_meta::status_event(&status)));
    until("the event is on disk", || stat(&element, "events-sealed") == 1);
    let stats = element.property::<gst::Structure>("stats");
    let millis = |name: &str| stats.get::<f64>(name).unwrap();
    assert!(millis("commit-latency-p99-ms") > 0.0 && millis("max-commit-latency-ms") < 10_000.0);
    assert!(millis("commit-latency-p50-ms") <= millis("commit-latency-p99-ms"));
}

#[test]
fn what_waits_is_bounded_as_it_is_set_and_losses_are_told() {
    const EVENTS: u64 = 40;
    let site = site();
    let element = site.element();
    element.set_property("retention-bytes", 10_000_u64);
    let (mut harness, _bus) = harness(&element);
    let ids: Vec<Option<u64>> = (0..EVENTS).map(Some).collect();
    harness.push(frame(0, &ids)).unwrap();
    until("the events are on disk", || stat(&element, "events-sealed") >= EVENTS);
    // An event has about two thousand bytes, and one that tells the loss stands for those that went.
    until("the oldest are given up", || {
        (1..=6).contains(&stat(&element, "events-pending"))
    });
    assert!(stat(&element, "events-dropped") >= EVENTS - 6);
}

#[test]
fn two_cameras_share_an_outbox_if_they_agree_on_it() {
    let site = site();
    let (gate, yard, other) = (site.element(), site.element(), site.element());
    yard.set_property("camera", "yard");
    other.set_property("topic-prefix", "elsewhere");
    gate.set_state(gst::State::Ready).unwrap();
    yard.set_state(gst::State::Ready).unwrap();
    let error = refusal(&other);
    assert!(error.contains("with other settings"), "{error}");
    for element in [gate, yard, other] {
        element.set_state(gst::State::Null).unwrap();
    }
}

#[test]
fn a_camera_has_one_publisher_at_a_time() {
    let site = site();
    let (first, second) = (site.element(), site.element());
    first.set_state(gst::State::Ready).unwrap();
    let error = refusal(&second);
    assert!(
        error.contains("camera “gate” has a publisher already") && error.contains("a camera of its own"),
        "{error}"
    );
    first.set_state(gst::State::Null).unwrap();
    second.set_state(gst::State::Ready).unwrap();
    second.set_state(gst::State::Null).unwrap();
}

#[test]
fn what_is_set_in_ready_takes_effect() {
    let site = site();
    let element = site.element();
    element.set_state(gst::State::Ready).unwrap();
    let other = site.path("other/box.outbox");
    element.set_property("outbox", other.to_str().unwrap());
    element.set_property("camera", "yard");
    element.set_state(gst::State::Paused).unwrap();
    assert!(other.exists(), "the outbox is still the first one");
    // Its old camera is free for others.
    let gate = site.element();
    gate.set_property("outbox", other.to_str().unwrap());
    gate.set_state(gst::State::Ready).unwrap();
    gate.set_state(gst::State::Null).unwrap();

    element.set_state(gst::State::Ready).unwrap();
    element.set_property("camera", "a/b");
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    assert!(
        element.set_state(gst::State::Paused).is_err(),
        "it took another camera's name"
    );
    let message = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
    let gst::MessageView::Error(error) = message.view() else {
        unreachable!()
    };
    assert!(error.error().to_string().contains("is not a name"), "{error:?}");
    element.set_state(gst::State::Null).unwrap();
}

/// A stream of ten frames with one object, through publishers that wait a minute at its end for a broker that is not
/// there; returns when they wait.
fn waiting_at_the_end(publishers: &[gst::Element]) -> gst::Pipeline {
    let pipeline = gst::Pipeline::new();
    let source = gst::ElementFactory::make("videotestsrc")
        .property("num-buffers", 10)
        .build()
        .unwrap();
    let caps = gst::ElementFactory::make("capsfilter")
        .property("caps", CAPS.parse::<gst::Caps>().unwrap())
        .build()
        .unwrap();
    let sink = gst::ElementFactory::make("fakesink").build().unwrap();
    pipeline.add_many([&source, &caps, &sink]).unwrap();
    pipeline.add_many(publishers).unwrap();
    let mut chain = vec![&source, &caps];
    chain.extend(publishers);
    chain.push(&sink);
    gst::Element::link_many(chain).unwrap();
    let pad = caps.static_pad("src").unwrap();
    pad.add_probe(gst::PadProbeType::BUFFER, |_, probe| {
        if let Some(buffer) = probe.buffer_mut() {
            let found = frame(0, &[Some(7)]);
            let object = &gst_luchs_meta::objects(&found, SIZE)[0];
            gst_luchs_meta::attach(buffer.make_mut(), SIZE, object);
        }
        gst::PadProbeReturn::Ok
    });
    for publisher in publishers {
        publisher.set_property("drain-timeout", 60_000_u32);
    }
    pipeline.set_state(gst::State::Playing).unwrap();
    let message = pipeline.bus().unwrap().timed_pop_filtered(
        gst::ClockTime::from_seconds(20),
        &[gst::MessageType::Info, gst::MessageType::Error, gst::MessageType::Eos],
    );
    let said = match message.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Info(info)) => info.error().to_string(),
        other => panic!("{other:?}"),
    };
    assert!(said.contains("waiting up to 60 s for the broker"), "{said}");
    pipeline
}

#[test]
fn stopping_does_not_wait_for_the_broker() {
    let site = site();
    let (gate, yard) = (site.element(), site.element());
    yard.set_property("camera", "yard");
    for publishers in [vec![gate.clone()], vec![gate, yard]] {
        let pipeline = waiting_at_the_end(&publishers);
        let begun = Instant::now();
        pipeline.set_state(gst::State::Null).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        for publisher in &publishers {
            pipeline.remove(publisher).unwrap();
        }
    }
}

#[test]
fn a_flush_ends_the_wait_for_the_broker() {
    let site = site();
    let pipeline = waiting_at_the_end(&[site.element()]);
    let begun = Instant::now();
    assert!(
        pipeline
            .seek_simple(gst::SeekFlags::FLUSH, gst::ClockTime::ZERO)
            .is_ok()
    );
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    pipeline.set_state(gst::State::Null).unwrap();
}
