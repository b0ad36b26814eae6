//! `luchs bench model`.

use std::{fs, process::Command};

use serde_json::Value;

use crate::support::{is_as_documented, measured, model, number, refused};

#[test]
fn a_model_is_measured_on_the_way_that_frames_take() {
    let model = model();
    let report = measured(&[
        "bench",
        "model",
        &model,
        "--device",
        "cpu",
        "--duration",
        "1s",
        "--warm-up",
        "200ms",
        "--streams",
        "2",
        "--json",
    ]);
    is_as_documented(&report, "`luchs bench model`");
    assert_eq!(report["schema"], "luchs.bench.model/1");
    assert_eq!(report["streams"], 2);
    let (frames, fps) = (number(&report, "/frames"), number(&report, "/fps"));
    assert!(frames >= 2.0, "{report}");
    let share = |name: &str| number(&report, &format!("/runtime/{name}"));
    assert!(
        (0.3..=1.0).contains(&share("share_of_cpu")) && (0.1..=1.0).contains(&share("share_of_latency")),
        "{report}"
    );
    assert!(
        (fps * number(&report, "/seconds") / frames - 1.0).abs() < 0.05,
        "{report}"
    );
    let latency = |name: &str| number(&report, &format!("/latency_ms/{name}"));
    assert!(latency("p50") <= latency("p90") && latency("p90") <= latency("p99") && latency("p99") <= latency("max"));
    let stages: f64 = ["pre", "queue", "infer", "post"]
        .iter()
        .map(|stage| number(&report, &format!("/stages_ms/{stage}/mean")))
        .sum();
    assert!(stages <= latency("mean") * 1.001, "stages take {stages} ms of {report}");
    let cpu = number(&report, "/cpu_ms_per_frame");
    assert!(
        cpu > 0.5 && cpu < 1000.0 * number(&report, "/machine/cpus") / fps * 1.1,
        "{report}"
    );
    let memory = |name: &str| number(&report, &format!("/memory_mib/{name}"));
    assert!(
        memory("loaded") > memory("before") && memory("peak") >= memory("loaded"),
        "{report}"
    );
    assert_eq!(report["device"]["active"], "cpu");
}

#[test]
fn so_many_frames_and_no_more() {
    let model = model();
    let more = [
        "--device",
        "cpu",
        "--frames",
        "7",
        "--warm-up",
        "0s",
        "--threads",
        "1",
        "--format",
        "rgb",
        "--frame-size",
        "320x240",
    ];
    let report = measured(&[&["bench", "model", &model, "--json"][..], &more].concat());
    assert_eq!(report["frames"], 7);
    assert_eq!(report["device"]["threads"], 1);
    assert_eq!(report["input"]["format"], "rgb");
    assert_eq!(report["memory_mib"]["per_added_stream"], Value::Null);
}

#[test]
fn the_device_that_was_chosen_is_named_with_the_reason() {
    let cache = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_luchs"))
        .args(["bench", "model", &model(), "--frames", "3", "--warm-up", "0s", "--json"])
        .env("LUCHS_CACHE_DIR", cache.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let device = &serde_json::from_slice::<Value>(&output.stdout).unwrap()["device"];
    let (active, why) = (device["active"].as_str().unwrap(), device["why"].as_str().unwrap());
    assert_eq!(device["requested"], "auto");
    assert!(why.contains("auto") && why.contains(active), "{device}");
}

#[test]
fn frames_may_come_from_a_picture() {
    let (model, folder) = (model(), tempfile::tempdir().unwrap());
    let picture = folder.path().join("grey.png");
    image::RgbImage::from_pixel(64, 48, image::Rgb([90, 90, 90]))
        .save(&picture)
        .unwrap();
    let picture = picture.to_str().unwrap();
    let report = measured(&[
        "bench",
        "model",
        &model,
        "--input",
        picture,
        "--device",
        "cpu",
        "--frames",
        "5",
        "--warm-up",
        "0s",
        "--json",
    ]);
    assert_eq!(report["input"]["source"], picture);
    assert_eq!(report["objects_per_frame"], 0.0);
}

#[test]
fn what_cannot_be_measured_is_named_with_the_remedy() {
    let model = model();
    refused(
        &["bench", "model", "no-such-model"],
        2,
        &["no-such-model", "luchs model fetch"],
    );
    refused(
        &["bench", "model", &model, "--input", "no.png"],
        2,
        &["no.png", "--input"],
    );
    refused(
        &["bench", "model", &model, "--format", "yuv9"],
        2,
        &["yuv9", "--format", "nv12"],
    );
    refused(
        &["bench", "model", &model, "--frame-size", "0x0"],
        2,
        &["0x0", "1920x1080"],
    );
    refused(&["bench", "model", &model, "--duration", "1h"], 2, &["1h", "10s"]);
    refused(
        &["bench", "model", &model, "--device", "cuda:7", "--frames", "1"],
        3,
        &["cuda:7", "device=cpu"],
    );
    let text = tempfile::tempdir().unwrap();
    let file = text.path().join("words.png");
    fs::write(&file, "no picture").unwrap();
    refused(
        &["bench", "model", &model, "--input", file.to_str().unwrap()],
        2,
        &["words.png", "picture or a video"],
    );
}
