//! Our elements among upstream's, on a GStreamer that has the analytics library: `make trixie`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod picture;

use std::{collections::BTreeMap, path::Path};

use gst::prelude::*;
use luchs_scene::{Event, event::Kind};
use luchs_tests::{Process, Reader, Site, assets, built, footage, launch, root, until};

use picture::Picture;

/// Of the clip's 795: enough for people to come and go.
const FRAMES: usize = 150;

/// Upstream's way from a file to objects, on the same network as ours. It wants pictures of the network's size.
fn upstream(folder: &Path) -> String {
    let model = folder.join("ssd.onnx");
    let network = assets().join("models/yolox-nano");
    let status = std::process::Command::new("python3")
        .arg(root().join("tests/trixie/detector.py"))
        .arg(network.join("yolox_nano.onnx"))
        .arg(&model)
        .status()
        .unwrap();
    assert!(status.success(), "detector.py: {status}");
    format!(
        "filesrc location={} ! decodebin ! identity eos-after={} ! videoconvert ! videoscale ! \
         video/x-raw,format=RGB,width=416,height=416 ! \
         onnxinference model-file={} input-image-format=chw optimization-level=enable-all ! \
         ssdobjectdetector label-file={}",
        footage().display(),
        FRAMES + 1,
        model.display(),
        network.join("labels.txt").display(),
    )
}

/// Our way, with ids.
fn ours() -> String {
    format!(
        "filesrc location={} ! decodebin ! identity eos-after={} ! luchsdetect model={} ! luchstrack",
        footage().display(),
        FRAMES + 1,
        assets().join("models/yolox-nano").display(),
    )
}

#[test]
#[ignore = "needs GStreamer 1.26 with onnxinference: make trixie"]
fn what_upstream_detects_is_followed_published_and_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new().unwrap();
    let reader = Reader::Luchs.start(&site, folder.path()).unwrap();
    let value: BTreeMap<_, _> = launch::publish_values(&site, "gate").into_iter().collect();
    let line = format!(
        "{} ! luchstrack ! luchspublish camera=gate broker={} ca-file={} cert-file={} key-file={} signing-key={} \
         recipients={} outbox={} drain-timeout=30000 ! fakesink",
        upstream(folder.path()),
        value["broker"],
        value["ca"],
        value["cert"],
        value["key"],
        value["signing-key"],
        value["recipients"],
        value["outbox"],
    );
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let mut pipeline = launch::start(folder.path(), "gst-launch", &words, &[]).unwrap();
    let status = pipeline.wait(300).unwrap();
    assert!(status.success(), "{}", pipeline.stderr());

    let stats = launch::stats(&pipeline.stdout());
    let sealed = stats["luchspublish0"]["events-sealed"] as usize;
    let events: Vec<Event> = until("every event", 30, || {
        let output = reader.stdout();
        let lines: Vec<&str> = output.lines().collect();
        let whole = lines.len() >= sealed && output.ends_with('\n');
        Ok(whole.then(|| lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()))
    })
    .unwrap();
    let of = |kind| events.iter().filter(|event| event.kind == kind).count();
    assert_eq!(
        of(Kind::ObjectNew) as f64,
        stats["luchstrack0"]["tracks"],
        "each track is an object"
    );
    assert_eq!(of(Kind::ObjectNew), of(Kind::ObjectEnd));
    let people: Vec<_> = events
        .iter()
        .filter_map(|event| event.object.as_ref().filter(|o| &*o.label == "person"))
        .collect();
    let new: std::collections::BTreeSet<u64> = people.iter().map(|person| person.id).collect();
    assert!(new.len() >= 8, "only {} people in a street full of them", new.len());
    for person in people {
        let (pixels, confidence) = (&person.pixels, person.confidence);
        assert!(
            pixels.x + pixels.w <= 416 && pixels.y + pixels.h <= 416 && pixels.w > 0 && confidence >= 0.3,
            "{person:?}"
        );
    }
}

#[test]
#[ignore = "needs GStreamer 1.26 with onnxinference: make trixie"]
fn upstreams_own_bindings_see_the_objects_and_tracks_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("{} ! appsink name=end sync=false", ours());
    let mut look = look(folder.path(), &line);
    assert!(look.wait(300).unwrap().success(), "{}", look.stderr());
    let seen: serde_json::Value = serde_json::from_str(&look.stdout()).unwrap();
    assert!(seen["objects"].as_u64().unwrap() > 3 * FRAMES as u64, "{seen}");
    assert!(seen["tracks"].as_array().unwrap().len() >= 8, "{seen}");
    assert!(seen["labels"].as_array().unwrap().contains(&"person".into()), "{seen}");
}

/// Runs look.py on a pipeline with our plug-ins.
fn look(folder: &Path, line: &str) -> Process {
    Process::start(folder, "look", "python3", |command| {
        command
            .arg(root().join("tests/trixie/look.py"))
            .arg(FRAMES.to_string())
            .arg(line);
        command.env("GST_PLUGIN_PATH", built().unwrap());
        command.env("GST_REGISTRY", folder.join("gst-registry.bin"));
    })
    .unwrap()
}

#[test]
#[ignore = "needs GStreamer 1.26 with onnxinference: make trixie"]
fn upstreams_overlay_draws_what_ours_detect() {
    let (plain, drawn) = beside("objectdetectionoverlay draw-labels=false object-detection-outline-color=0xffff0000");
    let (mut edges, mut objects) = ((0, 0), 0);
    for (plain, drawn) in plain.iter().zip(&drawn) {
        for object in &plain.objects {
            // A converter came between: it keeps of the regions their places only, and of the relation meta all.
            assert!(object.confidence > 0.0 && object.track_id.is_some(), "{object:?}");
            objects += 1;
            for (x, y) in picture::edge(&object.rect, plain.size) {
                edges.0 += usize::from(drawn.redness(x, y) > plain.redness(x, y) + 40);
                edges.1 += 1;
            }
        }
        assert_eq!(plain.objects, drawn.objects);
    }
    assert!(objects > 3 * plain.len(), "{objects} objects on {} frames", plain.len());
    assert!(
        edges.0 * 10 > edges.1 * 9,
        "{} of {} points are drawn on",
        edges.0,
        edges.1
    );
}

/// Our detector's frames as they are, and with what `element` makes of them.
fn beside(element: &str) -> (Vec<Picture>, Vec<Picture>) {
    gst::init().unwrap();
    gst::Registry::get().scan_path(built().unwrap());
    let line = format!(
        "{} ! tee name=t t. ! queue max-size-buffers=2 ! videoconvert ! video/x-raw,format=RGB ! appsink name=plain sync=false max-buffers=2 \
         t. ! queue max-size-buffers=2 ! {element} ! videoconvert ! video/x-raw,format=RGB ! appsink name=drawn sync=false max-buffers=2",
        ours()
    );
    let pipeline = gst::parse::launch(&line).unwrap().downcast::<gst::Pipeline>().unwrap();
    let sink = |name| pipeline.by_name(name).unwrap().downcast::<gst_app::AppSink>().unwrap();
    let (plain, drawn) = (sink("plain"), sink("drawn"));
    pipeline.set_state(gst::State::Playing).unwrap();
    // A few are enough, and pictures are large.
    let pictures = (0..FRAMES / 5)
        .map(|_| (Picture::next(&plain, &pipeline), Picture::next(&drawn, &pipeline)))
        .unzip();
    pipeline.set_state(gst::State::Null).unwrap();
    pictures
}
