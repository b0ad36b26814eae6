//! `luchs bench` measures the real model and real pipelines, says what it measured, and refuses what it cannot measure.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use common::luchs;
use serde_json::Value;

/// The demo's model; `make test` fetches it.
fn model() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join("target/assets/models/yolox-nano").display().to_string()
}

fn measured(arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let said = luchs(folder.path(), arguments);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(said.out.lines().count(), 1, "more than one JSON object: {}", said.out);
    serde_json::from_str(&said.out).unwrap()
}

fn refused(arguments: &[&str], code: i32, expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let said = luchs(folder.path(), arguments);
    assert_eq!(said.code, code, "{}{}", said.out, said.err);
    for words in expected {
        assert!(said.err.contains(words), "nothing about “{words}” in: {}", said.err);
    }
}

/// The names of all members, those of members with a point between, those of a list's first element with `[]`.
fn keys(value: &Value, prefix: &str, into: &mut Vec<String>) {
    match value {
        // What elements count, and what they warn of, is theirs.
        _ if prefix.ends_with("stats") || prefix.ends_with("warnings") => {}
        Value::Object(members) => {
            for (name, value) in members {
                let path = if prefix.is_empty() {
                    name.clone()
                } else {
                    format!("{prefix}.{name}")
                };
                into.push(path.clone());
                keys(value, &path, into);
            }
        }
        Value::Array(list) => {
            if let Some(first) = list.first() {
                keys(first, &format!("{prefix}[]"), into);
            }
        }
        _ => {}
    }
}

/// Every member of the report stands in the documentation, and every one that stands there is in the report.
fn is_as_documented(report: &Value, section: &str) {
    let document = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/bench.md");
    let text = fs::read_to_string(document).unwrap();
    let section = text.split("\n## ").find(|part| part.starts_with(section)).unwrap();
    let mut documented: Vec<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name))
        .collect();
    let mut found = Vec::new();
    keys(report, "", &mut found);
    let spread = [".count", ".mean", ".p50", ".p90", ".p99", ".max"];
    let mut found: Vec<&str> = found
        .iter()
        .map(String::as_str)
        .filter(|name| !(name.contains("_ms.") && spread.iter().any(|part| name.ends_with(part))))
        .collect();
    documented.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, documented);
}

fn number(report: &Value, pointer: &str) -> f64 {
    let value = report.pointer(pointer).and_then(Value::as_f64);
    value.unwrap_or_else(|| panic!("no number at {pointer}: {report}"))
}

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
fn a_pipeline_is_measured_from_source_to_sink_and_element_by_element() {
    let line = format!(
        "videotestsrc ! video/x-raw,width=640,height=360,framerate=25/1 ! luchsdetect name=eye model={} device=cpu threads=1 ! \
         luchstrack ! tee name=t t. ! queue ! fakesink name=one t. ! queue ! fakesink name=two",
        model()
    );
    let report = measured(&[
        "bench",
        "pipeline",
        "--duration",
        "1s",
        "--warm-up",
        "200ms",
        "--json",
        &line,
    ]);
    is_as_documented(&report, "`luchs bench pipeline`");
    assert_eq!(report["schema"], "luchs.bench.pipeline/1");
    assert_eq!(report["ended"], "duration");
    // Two sinks behind one tee are two streams of the same frames.
    let streams = report["streams"].as_array().unwrap();
    assert_eq!(streams.len(), 2);
    let (one, all) = (number(&report, "/streams/0/frames"), number(&report, "/frames"));
    assert!(all >= one && all < one * 1.5, "{report}");
    let elements = report["elements"].as_array().unwrap();
    let eye = elements.iter().find(|element| element["name"] == "eye").unwrap();
    let (transit, whole) = (
        eye["transit_ms"]["p50"].as_f64().unwrap(),
        number(&report, "/streams/0/latency_ms/p50"),
    );
    assert!(transit > 0.5 && transit <= whole * 1.5, "{report}");
    assert!(eye["stats"]["inferences"].as_f64().unwrap() >= all * 0.8, "{report}");
    assert!(number(&report, "/cpu_ms_per_frame") > 0.5, "{report}");
    let threads: f64 = report["threads"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|t| t["cpu_ms_per_frame"].as_f64())
        .sum();
    let cpu = number(&report, "/cpu_ms_per_frame");
    assert!(
        threads > cpu * 0.7 && threads < cpu * 1.1,
        "{threads} of {cpu} ms in threads"
    );
}

#[test]
fn the_end_of_the_stream_ends_the_measuring() {
    let line = "videotestsrc num-buffers=100 ! video/x-raw,framerate=25/1 ! identity sleep-time=5000 ! fakesink";
    let report = measured(&["bench", "pipeline", "--warm-up", "0s", "--json", line]);
    assert_eq!(report["ended"], "end-of-stream");
    // The first ones were in the sink before anything was measured.
    let frames = number(&report, "/frames");
    assert!((80.0..=100.0).contains(&frames), "{report}");
}

#[test]
fn a_template_gets_its_values() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("line.launch");
    fs::write(
        &file,
        "# a comment\nvideotestsrc pattern=${pattern} !\nfakesink name=${sink}\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let arguments = [
        "bench",
        "pipeline",
        "--file",
        file,
        "--frames",
        "20",
        "--warm-up",
        "0s",
        "--json",
    ];
    let report = measured(&[&arguments[..], &["--set", "pattern=ball", "--set", "sink=end"]].concat());
    assert_eq!(report["streams"][0]["sink"], "end");
    assert_eq!(report["ended"], "frames");
    refused(
        &[&arguments[..], &["--set", "sink=end"]].concat(),
        2,
        &["${pattern}", "--set pattern="],
    );
}

#[test]
fn people_get_a_table_and_no_bar_in_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let line = ["videotestsrc", "!", "fakesink"];
    let said = luchs(
        folder.path(),
        &[
            &["bench", "pipeline", "--duration", "300ms", "--warm-up", "0s"][..],
            &line,
        ]
        .concat(),
    );
    assert_eq!(said.code, 0, "{}", said.err);
    for words in [
        "frames per second",
        "CPU per frame",
        "videotestsrc0 to fakesink0",
        "p99",
    ] {
        assert!(said.out.contains(words), "no “{words}” in: {}", said.out);
    }
    assert!(
        !said.err.contains('█') && !said.err.contains("measuring"),
        "{}",
        said.err
    );
}

#[test]
fn an_interrupted_run_tells_what_it_has() {
    let child = Command::new(env!("CARGO_BIN_EXE_luchs"))
        .args(["bench", "pipeline", "--duration", "10m", "--warm-up", "0s", "--json"])
        .arg("videotestsrc ! identity name=through silent=false ! fakesink")
        .env("RUST_LOG", "off")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A signal before the first frame ends without figures: its streaming thread is to have worked for 100 ms.
    let deadline = Instant::now() + Duration::from_secs(30);
    let tasks = format!("/proc/{}/task", child.id());
    let worked = || {
        let tasks = fs::read_dir(&tasks).into_iter().flatten().flatten();
        let read = |task: &fs::DirEntry, file: &str| fs::read_to_string(task.path().join(file)).unwrap_or_default();
        let nanoseconds = |task: &fs::DirEntry| read(task, "schedstat").split_whitespace().next()?.parse::<u64>().ok();
        let source = tasks.filter(|task| read(task, "comm").starts_with("videotestsrc"));
        source.filter_map(|task| nanoseconds(&task)).sum::<u64>()
    };
    while worked() < 100_000_000 {
        assert!(Instant::now() < deadline, "the pipeline did not start");
        std::thread::yield_now();
    }
    let killed = Command::new("kill")
        .args(["-s", "INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ended"], "interrupted");
    assert!(number(&report, "/frames") > 0.0, "{report}");
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

#[test]
fn a_pipeline_that_does_not_work_says_which_element_and_why() {
    refused(&["bench", "pipeline"], 2, &["LINE"]);
    refused(&["bench", "pipeline", " "], 2, &["no element", "videotestsrc"]);
    refused(
        &["bench", "pipeline", "videotestsrc ! nosuchelement ! fakesink"],
        2,
        &["nosuchelement", "gst-inspect-1.0"],
    );
    refused(
        &["bench", "pipeline", "--file", "no.launch"],
        2,
        &["no.launch", "--file"],
    );
    refused(
        &[
            "bench",
            "pipeline",
            "filesrc location=no-such.mp4 ! decodebin ! fakesink",
        ],
        3,
        &["filesrc0", "no-such.mp4"],
    );
    refused(
        &[
            "bench",
            "pipeline",
            "videotestsrc ! luchsdetect name=eye model=no-model ! fakesink",
        ],
        3,
        &["eye", "no-model"],
    );
    let brief = [
        "bench",
        "pipeline",
        "--warm-up",
        "5s",
        "videotestsrc num-buffers=3 ! fakesink",
    ];
    refused(&brief, 2, &["the stream ended", "--warm-up"]);
    let nobody = [
        "bench",
        "pipeline",
        "--to",
        "nobody",
        "videotestsrc ! identity name=me ! fakesink",
    ];
    refused(&nobody, 2, &["nobody", "me"]);
    let starved = [
        "bench",
        "pipeline",
        "--start-timeout",
        "500ms",
        "videotestsrc ! valve drop=true ! fakesink name=end",
    ];
    refused(&starved, 3, &["end", "--start-timeout"]);
}
