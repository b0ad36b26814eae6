//! The launch lines of `pipelines/`, as a person would run them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use luchs_scene::{Event, event::Kind};
use luchs_tests::{Camera, Process, Site, footage, launch, until};

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
