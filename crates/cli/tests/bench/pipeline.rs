//! `luchs bench pipeline`.

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    common::luchs,
    support::{is_as_documented, measured, model, number, refused},
};

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
