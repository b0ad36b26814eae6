//! The launch lines of `pipelines/`, as a person would run them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    time::{Duration, Instant},
};

use luchs_delivery::{BrokerSettings, Delivery, Drained, Settings};
use luchs_scene::{
    Event,
    event::{Condition, Kind},
};
use luchs_tests::{Camera, Process, Site, footage, launch, publisher, until};

#[path = "../../crates/infer/tests/models/mod.rs"]
mod models;

/// As long as a person thinks that it ends at once, on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(2);

struct Run {
    site: Site,
    reader: Process,
    folder: tempfile::TempDir,
}

impl Run {
    fn new() -> Self {
        let site = Site::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let luchs = luchs_tests::built().unwrap().join("luchs");
        let mut reader = Process::start(folder.path(), "subscribe", luchs, |command| {
            command.args(site.subscribe_arguments());
        })
        .unwrap();
        reader.wait_for_output("subscribed", 20).unwrap();
        Self { site, reader, folder }
    }

    fn words(&self, template: &str, more: &[(&'static str, String)]) -> Vec<String> {
        let mut values = launch::publish_values(&self.site, "gate");
        values.extend(more.iter().cloned());
        launch::render(template, &values).unwrap()
    }

    fn events(&self) -> Vec<Event> {
        let output = self.reader.stdout();
        let whole = output.rfind('\n').map_or("", |end| &output[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// An element of a launch line with its properties.
fn element(words: &[String], name: &str) -> String {
    let begin = words.iter().position(|word| word == name).unwrap();
    words[begin..]
        .iter()
        .take_while(|word| *word != "!")
        .cloned()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_clip_gives_events_for_everyone_in_it_and_leaks_nothing() {
    let run = Run::new();
    let annotated = run.folder.path().join("annotated.mp4");
    let clip = footage().to_string_lossy().into_owned();
    let words = run.words(
        "file.launch",
        &[("clip", clip), ("annotated", annotated.to_string_lossy().into_owned())],
    );
    let traced = [
        ("GST_TRACERS", "leaks"),
        ("GST_DEBUG", "GST_TRACER:7"),
        ("GST_DEBUG_NO_COLOR", "1"),
    ];
    let mut pipeline = launch::start(run.folder.path(), "gst-launch", &words, &traced).unwrap();
    let status = pipeline.wait(300).unwrap();
    assert!(status.success(), "{}", pipeline.stderr());

    let stats = launch::stats(&pipeline.stdout());
    let sealed = stats["luchspublish0"]["events-sealed"] as usize;
    assert!(sealed > 100, "795 frames with people gave only {sealed} events");
    let events = until("every event", 30, || {
        let events = run.events();
        Ok((events.len() >= sealed).then_some(events))
    })
    .unwrap();
    assert_eq!(events.len(), sealed);
    let of = |kind| events.iter().filter(|event| event.kind == kind).count();
    assert_eq!(
        of(Kind::ObjectNew),
        of(Kind::ObjectEnd),
        "each object that came also went"
    );
    let people = events
        .iter()
        .filter(|e| e.object.as_ref().is_some_and(|o| &*o.label == "person"))
        .count();
    assert!(
        people * 10 > events.len() * 7,
        "a clip of pedestrians: only {people} of {} events are of people",
        events.len()
    );
    assert!(fs::metadata(&annotated).unwrap().len() > 100_000, "no annotated video");

    let traced = pipeline.stderr();
    assert!(traced.contains("object-alive.class"), "the leak tracer was not at work");
    let leaks: Vec<&str> = traced
        .lines()
        .filter(|line| line.contains(": object-alive, type-name=(string)Gst"))
        .collect();
    assert!(
        leaks.is_empty(),
        "{} objects leaked:\n{}",
        leaks.len(),
        leaks.join("\n")
    );
}

#[test]
fn a_camera_over_rtsp_gives_events_that_arrive() {
    let run = Run::new();
    let camera = Camera::start(&footage()).unwrap();
    let words = run.words("rtsp.launch", &[("url", camera.url())]);
    let mut pipeline = launch::start(run.folder.path(), "gst-launch", &words, &[]).unwrap();
    let events = until("twenty events from the camera", 90, || {
        if let Some(status) = pipeline.ended()? {
            anyhow::bail!("gst-launch-1.0 ended with {status}: {}", pipeline.stderr());
        }
        let events = run.events();
        Ok((events.len() >= 20).then_some(events))
    })
    .unwrap();
    assert!(
        events.iter().any(|event| event.kind == Kind::ObjectUpdate),
        "objects are followed over time"
    );
    pipeline.signal("INT").unwrap();
    pipeline.wait(20).unwrap();
}

#[test]
fn without_a_broker_an_interrupt_ends_two_publishers_at_once() {
    let mut run = Run::new();
    let words = run.words("rtsp.launch", &[("url", "unused".to_owned())]);
    let publisher = element(&words, "luchspublish");
    let clip = format!("filesrc location={} ! decodebin !", footage().display());
    let model = luchs_tests::assets().join("models/yolox-nano");
    let line = format!(
        "{clip} luchsdetect model={} ! luchstrack ! {} ! {} ! fakesink sync=true",
        model.display(),
        publisher,
        publisher
            .replace("camera=gate", "camera=yard")
            .replace("name=publish", "name=other")
    );
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let mut pipeline = launch::start(run.folder.path(), "gst-launch", &words, &[]).unwrap();
    until("events of both cameras", 60, || {
        let of = |camera: &str| run.events().iter().any(|event| event.camera.as_str() == camera);
        Ok((of("gate") && of("yard")).then_some(()))
    })
    .unwrap();
    run.site.broker.kill().unwrap();
    pipeline.wait_for_output("no connection to the broker", 20).unwrap();
    let begun = Instant::now();
    pipeline.signal("INT").unwrap();
    pipeline.wait(20).unwrap();
    assert!(
        begun.elapsed() < AT_ONCE,
        "{:?}\n{}",
        begun.elapsed(),
        pipeline.stdout()
    );
}

#[test]
fn what_nobody_subscribes_to_holds_up_no_end() {
    let site = Site::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut values = launch::publish_values(&site, "gate");
    values.extend(["clip", "annotated"].map(|name| (name, "unused".to_owned())));
    let publisher = element(&launch::render("file.launch", &values).unwrap(), "luchspublish");
    assert!(publisher.contains("drain-timeout=30000"), "{publisher}");
    let line = format!(
        "filesrc location={} ! decodebin ! identity eos-after=60 ! luchsdetect model={} ! luchstrack ! {publisher} ! \
         fakesink sync=true",
        footage().display(),
        luchs_tests::assets().join("models/yolox-nano").display(),
    );
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let mut pipeline = launch::start(folder.path(), "gst-launch", &words, &[]).unwrap();
    pipeline.wait_for_output("nobody subscribes", 60).unwrap();
    assert!(pipeline.wait(60).unwrap().success(), "{}", pipeline.stderr());
    let said = format!("{}{}", pipeline.stdout(), pipeline.stderr());
    assert!(said.contains("are not acknowledged by the broker yet"), "{said}");
    assert!(!said.contains("waiting up to"), "{said}");
}

#[test]
fn ids_of_a_camera_are_not_used_twice_while_others_keep_the_outbox_open() {
    let run = Run::new();
    let delivery = Delivery::open(Settings::new(
        run.site.file("device/device.jwk"),
        run.site.file("device/recipients"),
        run.site.file("outbox.db"),
        BrokerSettings {
            url: run.site.broker.url(),
            ca: run.site.pki.ca_file(),
            certificate: run.site.device.certificate.clone(),
            key: run.site.device.key.clone(),
            client_id: None,
        },
    ))
    .unwrap();
    let other = delivery.claim("yard".parse().unwrap()).unwrap();
    for ids in [[1, 2], [1, 2]] {
        let gate = delivery.claim("gate".parse().unwrap()).unwrap();
        assert!(delivery.claim("gate".parse().unwrap()).is_err(), "it was claimed twice");
        for id in ids {
            gate.submit(publisher::draft(id).unwrap());
        }
        assert!(delivery.flush(Duration::from_secs(20)));
        assert_eq!(gate.drain(Duration::from_secs(20), || false), Drained::All);
    }
    assert_eq!(other.drain(Duration::ZERO, || false), Drained::All, "it has no events");
    let events = until("four events", 20, || {
        let events = run.events();
        Ok((events.len() >= 4).then_some(events))
    })
    .unwrap();
    let ids: Vec<u64> = events.iter().map(|event| event.object.as_ref().unwrap().id).collect();
    assert_eq!(ids, [1, 2, 3, 4]);
    assert!(events.iter().all(|event| event.boot == events[0].boot));
}

#[test]
fn a_model_that_gives_no_numbers_is_told_to_subscribers_and_sees_nobody() {
    let run = Run::new();
    let model = run.folder.path().join("broken.onnx");
    fs::write(&model, models::bytes(&models::yolox_broken())).unwrap();
    let clip = footage().to_string_lossy().into_owned();
    let annotated = run.folder.path().join("annotated.mp4").to_string_lossy().into_owned();
    let mut words = run.words("file.launch", &[("clip", clip), ("annotated", annotated)]);
    for word in words.iter_mut().filter(|word| word.starts_with("model=")) {
        *word = format!("model={}", model.display());
    }
    let mut pipeline = launch::start(run.folder.path(), "gst-launch", &words, &[]).unwrap();
    assert!(pipeline.wait(120).unwrap().success(), "{}", pipeline.stderr());
    let events = until("an event", 30, || {
        let events = run.events();
        Ok((!events.is_empty()).then_some(events))
    })
    .unwrap();
    assert!(
        events.iter().all(|event| event.kind == Kind::DeviceStatus),
        "{events:?}"
    );
    let status = events[0].status.as_ref().unwrap();
    assert_eq!(status.condition, Condition::DetectorFailing);
    assert!(
        status.text.contains("broken.onnx") && status.text.contains("not numbers"),
        "{status:?}"
    );
    assert_eq!(events[0].camera.to_string(), "gate");
}
