//! Files that are made to harm whoever loads them: each is refused by name and reason, in five seconds of processor time and
//! 512 MiB, and models that are well pass through the very same gate.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../crates/infer/tests/models/mod.rs"]
mod models;

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use luchs_tests::launch;
use models::hostile::corpus;

const MEMORY: u64 = 512 << 20;
const SECONDS: u64 = 5;
/// On a machine that others use too, time passes without the processor; this many times as much is allowed on the clock.
const MARGIN: u32 = 6;

/// `luchs model verify` with no more memory and processor time than is promised; and how long it took.
fn verify(path: &Path) -> (Output, Duration) {
    let built = luchs_tests::built().unwrap();
    let begun = Instant::now();
    let output = Command::new("prlimit")
        .args([&format!("--as={MEMORY}"), &format!("--cpu={SECONDS}"), "--core=0", "--"])
        .arg(built.join("luchs"))
        .args(["model", "verify"])
        .arg(path)
        .env("LUCHS_MODEL_TRUST", "tried")
        .env(
            "ORT_DYLIB_PATH",
            luchs_tests::assets().join("runtime/libonnxruntime.so"),
        )
        .output()
        .unwrap();
    (output, begun.elapsed())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn each_hostile_model_is_refused_with_its_reason_within_the_limits() {
    let folder = tempfile::tempdir().unwrap();
    let (mut wrong, mut slowest) = (Vec::new(), ("", Duration::ZERO));
    let corpus = corpus();
    assert!(corpus.len() >= 40);
    for hostile in corpus {
        let path = folder.path().join(format!("{}.onnx", hostile.name));
        fs::write(&path, &hostile.bytes).unwrap();
        let (output, took) = verify(&path);
        fs::remove_file(&path).unwrap();
        if took > slowest.1 {
            slowest = (hostile.name, took);
        }
        let text = said(&output);
        say(&format!("{took:>8.2?} {}", text.trim()));
        let clear = text.contains(&format!("{}.onnx", hostile.name)) && text.len() < 1000 && text.lines().count() == 1;
        if output.status.code() != Some(1)
            || !clear
            || !text.contains(hostile.refused_for)
            || took > Duration::from_secs(SECONDS) * MARGIN
        {
            wrong.push(format!("{} ({:?}, {took:?}): {text}", hostile.name, output.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    say(&format!("slowest: {} after {:?}", slowest.0, slowest.1));
}

#[test]
fn models_that_are_well_pass_the_same_gate() {
    let folder = tempfile::tempdir().unwrap();
    for (name, model) in [
        ("yolox", models::yolox()),
        ("open", models::with_open_outputs(models::nanodet())),
        ("ssd_nms", models::ssd_nms()),
    ] {
        let path = folder.path().join(format!("{name}.onnx"));
        fs::write(&path, models::bytes(&model)).unwrap();
        let (output, _) = verify(&path);
        assert!(output.status.success(), "{name}: {}", said(&output));
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("trial      passed"),
            "{output:?}"
        );
    }
    let table = models::quantized::with_table(models::yolox(), &[0; 256]);
    models::quantized::save(
        folder.path(),
        &table,
        models::quantized::NEEDS_TABLE,
        models::quantized::FLOATS,
    );
    let (output, _) = verify(folder.path());
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn the_demos_model_passes_the_same_gate() {
    let (output, _) = verify(&luchs_tests::assets().join("models/yolox-nano"));
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_pipeline_of_gst_launch_finds_the_helper_beside_the_plug_in() {
    let folder = tempfile::tempdir().unwrap();
    let endless = corpus().into_iter().find(|hostile| hostile.name == "endless").unwrap();
    for (name, bytes, expected) in [
        ("well", models::bytes(&models::yolox()), "Got EOS from element"),
        (
            "endless",
            endless.bytes,
            "in its trial the model took more than 3 seconds of processor time",
        ),
    ] {
        let path = folder.path().join(format!("{name}.onnx"));
        fs::write(&path, bytes).unwrap();
        let line = format!(
            "videotestsrc num-buffers=3 ! video/x-raw,format=RGB,width=64,height=64 ! luchsdetect device=cpu model={} ! \
             fakesink",
            path.display()
        );
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let runtime = luchs_tests::assets().join("runtime/libonnxruntime.so");
        let environment = [
            ("ORT_DYLIB_PATH", runtime.to_str().unwrap()),
            ("LUCHS_MODEL_TRUST", "tried"),
        ];
        let mut process = launch::start(folder.path(), name, &words, &environment).unwrap();
        let ended = process.wait(60).unwrap();
        let said = process.stdout() + &process.stderr();
        assert_eq!(ended.success(), name == "well", "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn what_is_no_file_or_too_large_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large.onnx");
    // Ten gigabytes of nothing: a file with a hole.
    File::create(&large).unwrap().set_len(10 << 30).unwrap();
    // Small enough to be read.
    let heavy = folder.path().join("heavy.onnx");
    File::create(&heavy).unwrap().set_len(300 << 20).unwrap();
    let pipe = folder.path().join("pipe.onnx");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (path, expected) in [
        (&large, "larger than"),
        (&heavy, "damaged"),
        (&pipe, "not a regular file"),
    ] {
        let (output, took) = verify(path);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(
            text.contains(expected) && took < Duration::from_secs(SECONDS),
            "{took:?}: {text}"
        );
    }
}

#[expect(clippy::print_stdout, reason = "a figure for who asks for it with --nocapture")]
fn say(text: &str) {
    println!("{text}");
}
