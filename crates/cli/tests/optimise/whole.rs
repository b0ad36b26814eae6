//! A whole run, and what it leaves.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    common::luchs,
    support::{clip, model, older_result, optimise, root, said},
};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_passes_takes_the_place_of_the_older_result_as_a_model_that_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    older_result(folder.path());
    // The candidate of the tool that stands in is the model itself: it agrees, and takes as long.
    let run = said(optimise(folder.path(), &model(), &clip()).args(["--min-speedup", "0.2", "--language", "de"]));
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("Gewählt"), "{}", run.out);
    for step in [
        "footage",
        "clean-up",
        "calibration",
        "sensitivity",
        "candidates",
        "accuracy",
        "speed",
    ] {
        assert!(
            run.err.lines().any(|line| line.starts_with(step)),
            "nothing about {step}: {}",
            run.err
        );
    }
    assert_eq!(names(folder.path()), ["result"]);
    let result = folder.path().join("result");
    let files = [
        "candidates.csv",
        "labels.txt",
        "model.toml",
        "report.html",
        "report.json",
        "yolox_nano-same.onnx",
    ];
    assert_eq!(names(&result), files);

    let report: Value = serde_json::from_slice(&fs::read(result.join("report.json")).unwrap()).unwrap();
    let candidate = &report["result"]["candidates"][0];
    assert_eq!(candidate["agreement"]["agreement"]["value"], 1.0);
    assert_eq!(candidate["verdict"]["outcome"], "chosen");
    assert_eq!(report["result"]["footage"]["comparison_frames"], 32);
    assert!(
        fs::read_to_string(result.join("report.html"))
            .unwrap()
            .contains("lang=\"de\"")
    );
    let table = fs::read_to_string(result.join("candidates.csv")).unwrap();
    assert!(
        table.lines().nth(1).unwrap().starts_with("same,chosen,cpu,1,"),
        "{table}"
    );

    let shown = luchs(folder.path(), &["model", "show", "result"]);
    assert!(
        shown.code == 0 && shown.out.starts_with("yolox-nano-same"),
        "{}{}",
        shown.out,
        shown.err
    );
    let agrees = luchs(
        folder.path(),
        &[
            "eval",
            "agree",
            "--model",
            "result",
            "--reference",
            &model().display().to_string(),
            "--footage",
            &clip().display().to_string(),
            "--frames",
            "8",
        ],
    );
    assert!(
        agrees.out.starts_with("agreement    100.0 % of the boxes"),
        "{}{}",
        agrees.out,
        agrees.err
    );
}

#[test]
fn a_narrower_model_is_one_candidate_among_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = optimise(folder.path(), &model(), &clip());
    command.args(["--prune", "0.25", "--prune-for", "1s", "--min-speedup", "0.2"]);
    let run = said(&mut command);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let report = fs::read(folder.path().join("result/report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    let candidates = report["result"]["candidates"].as_array().unwrap();
    let pruned = candidates
        .iter()
        .find(|candidate| candidate["name"] == "pruned")
        .unwrap();
    assert_eq!(candidates.len(), 2);
    let step = &pruned["recipe"][1];
    assert_eq!(
        (&step["step"], &step["share"], &step["distilled"]),
        (&"prune".into(), &0.25.into(), &true.into())
    );
}

#[test]
fn what_does_not_pass_leaves_the_older_result_and_a_report_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    older_result(folder.path());
    let run = said(optimise(folder.path(), &model(), &clip()).args(["--min-speedup", "50", "--json"]));
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let candidate = &report["result"]["candidates"][0];
    assert_eq!(candidate["verdict"]["outcome"], "rejected");
    assert_eq!(names(folder.path()), ["result", "result.rejected"]);
    assert_eq!(
        fs::read_to_string(folder.path().join("result/model.toml")).unwrap(),
        "the model before"
    );
    assert!(!folder.path().join("result.rejected/model.toml").exists());

    let forced = ["--min-speedup", "50", "--force", "the customer wants it so"];
    let run = said(optimise(folder.path(), &model(), &clip()).args(forced));
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let passport = fs::read_to_string(folder.path().join("result/model.toml")).unwrap();
    assert!(passport.contains("the customer wants it so"), "{passport}");
}

/// The outcome for the one candidate that the real tool makes of the demo's model and footage, `how` it is told to.
fn quantized(how: &str) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = optimise(folder.path(), &model(), &clip());
    command
        .env("TOOL", how)
        .env("TOOL_PYTHON", root().join("target/assets/optimise/bin/python"))
        .args(["--min-agreement", "90", "--min-speedup", "0.1", "--json"]);
    let run = said(&mut command);
    let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    (run.code, report["result"]["candidates"][0].clone())
}

#[test]
fn eight_bits_pass_where_calibration_saw_what_the_model_sees_and_are_rejected_where_it_did_not() {
    let (code, candidate) = quantized("quantize");
    assert_eq!(
        (code, &candidate["verdict"]["outcome"]),
        (0, &Value::from("chosen")),
        "{candidate:#}"
    );

    let (code, candidate) = quantized("glare");
    assert_eq!(
        (code, &candidate["verdict"]["outcome"]),
        (1, &Value::from("rejected")),
        "{candidate:#}"
    );
    let agreement = candidate["agreement"]["agreement"]["value"].as_f64().unwrap();
    assert!(agreement < 0.5, "agreement {agreement}");
}
