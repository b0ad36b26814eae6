//! What cannot be used is named with what to do about it, and nothing is changed.

use std::{fs, path::Path};

use luchs_model::onnx::FLOAT;

use crate::{
    models,
    support::{clip, model, older_result, optimise, optimise_to, pictures, refused, root, stripes},
};

#[test]
fn too_few_frames() {
    let folder = tempfile::tempdir().unwrap();
    older_result(folder.path());
    let footage = pictures(folder.path(), 20, stripes);
    let mut command = optimise(folder.path(), &model(), &footage);
    refused(
        folder.path(),
        &mut command,
        2,
        &["pictures", "20 frames", "at least 48", "longer video"],
    );
}

#[test]
fn all_black_footage() {
    let folder = tempfile::tempdir().unwrap();
    older_result(folder.path());
    // As a camera sees a dark room: black with a little noise.
    let footage = pictures(folder.path(), 48, |number, x, y| {
        [((x * 7 + y * 13 + number * 3) % 5) as u8; 3]
    });
    let mut command = optimise(folder.path(), &model(), &footage);
    refused(
        folder.path(),
        &mut command,
        2,
        &["pictures", "16 of 16 frames show nothing", "covered"],
    );
}

#[test]
fn footage_on_which_the_model_sees_too_little_has_no_result_but_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let footage = pictures(folder.path(), 48, stripes);
    let said = crate::support::said(optimise(folder.path(), &model(), &footage).args(["--min-speedup", "0.1"]));
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    let told = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains("objects on the footage, and 25 are needed"),
        "{}",
        said.out
    );
    assert!(!folder.path().join("result").exists() && folder.path().join("result.rejected/report.html").is_file());
}

#[test]
fn labels_that_do_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    older_result(folder.path());
    let footage = pictures(folder.path(), 48, stripes);
    let labels = folder.path().join("labels");
    fs::create_dir(&labels).unwrap();
    let with = |line: &str, expected: &[&str]| {
        for number in 0..48 {
            fs::write(labels.join(format!("{number:03}.txt")), line).unwrap();
        }
        let mut command = optimise(folder.path(), &model(), &footage);
        command.arg("--labels").arg(&labels);
        refused(folder.path(), &mut command, 2, expected);
    };
    with(
        "80 0.5 0.5 0.1 0.1\n",
        &["001.txt", "class 80 is not among the model's 80 labels"],
    );
    with("person 0.5 0.5 0.1 0.1\n", &["001.txt, line 1", "“person 0.5"]);
    with("0 0.5 0.5 0.1 0.1\n", &["labels", "AP50 of 0.000", "another order"]);
}

#[test]
fn labels_without_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = optimise(folder.path(), &model(), &clip());
    command.arg("--labels").arg(folder.path());
    refused(
        folder.path(),
        &mut command,
        2,
        &["labels belong to pictures", "--images"],
    );
}

#[test]
fn a_model_of_unknown_family() {
    let folder = tempfile::tempdir().unwrap();
    older_result(folder.path());
    let unknown = folder.path().join("unknown.onnx");
    let outputs = [("strange", vec![1, 9, 9, 9], vec![0.0; 729])];
    fs::write(
        &unknown,
        models::bytes(&models::constant(FLOAT, &[1, 3, 64, 64], &outputs)),
    )
    .unwrap();
    let mut command = optimise(folder.path(), &unknown, &clip());
    refused(folder.path(), &mut command, 2, &["unknown.onnx"]);
}

#[test]
fn a_part_that_cannot_be_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    older_result(folder.path());
    let mut command = optimise(folder.path(), &model(), &clip());
    refused(
        folder.path(),
        command.args(["--prune", "1.5"]),
        2,
        &["--prune", "between 0 and 1"],
    );
    let mut command = optimise(folder.path(), &model(), &clip());
    command.args(["--prune", "0.2"]).env("TOOL", "no torch");
    refused(folder.path(), &mut command, 2, &["torch is missing", "prune.sh"]);
}

#[test]
fn an_operator_that_cannot_be_quantized() {
    let folder = tempfile::tempdir().unwrap();
    older_result(folder.path());
    let mut command = optimise(folder.path(), &model(), &clip());
    command.env("TOOL", "refuse");
    refused(
        folder.path(),
        &mut command,
        2,
        &["Einsum of node Mix_7 cannot be quantized"],
    );
}

#[test]
fn a_tool_that_breaks_says_why() {
    let folder = tempfile::tempdir().unwrap();
    older_result(folder.path());
    let before = crate::support::contents(folder.path());
    let said = crate::support::said(optimise(folder.path(), &model(), &clip()).env("TOOL", "break"));
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(
        said.err.contains("“candidates” failed") && said.err.contains("what nobody thought of"),
        "{}",
        said.err
    );
    assert!(crate::support::contents(folder.path()) == before);
}

#[test]
fn a_full_disk_of_the_tool() {
    let folder = tempfile::tempdir().unwrap();
    older_result(folder.path());
    let mut command = optimise(folder.path(), &model(), &clip());
    command.env("TOOL", "disk");
    refused(
        folder.path(),
        &mut command,
        3,
        &["“candidates” failed", "No space left on device"],
    );
}

#[test]
fn a_place_for_the_result_that_is_somebody_elses() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("result")).unwrap();
    fs::write(folder.path().join("result/diary.txt"), "mine").unwrap();
    let mut command = optimise(folder.path(), &model(), &clip());
    refused(folder.path(), &mut command, 2, &["result", "--to"]);
    let mut nowhere = optimise_to(folder.path(), &model(), &clip(), "/proc/nowhere", 48);
    refused(folder.path(), &mut nowhere, 3, &["/proc", "--to"]);
}

#[test]
fn footage_that_is_not_there_or_no_video() {
    let folder = tempfile::tempdir().unwrap();
    let mut missing = optimise(folder.path(), &model(), Path::new("street.mp4"));
    refused(folder.path(), &mut missing, 2, &["street.mp4", "rtsp://"]);
    let mut text = optimise(folder.path(), &model(), &root().join("README.md"));
    refused(folder.path(), &mut text, 2, &["README.md"]);
}

#[test]
fn a_camera_with_its_password_in_the_address_or_that_nobody_answers_at() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = optimise(folder.path(), &model(), Path::new("rtsp://admin:hidden@127.0.0.1/s"));
    refused(folder.path(), &mut open, 2, &["user or password", "--credentials"]);
    let mut nobody = optimise(folder.path(), &model(), Path::new("rtsp://127.0.0.1:9/s"));
    refused(folder.path(), &mut nobody, 2, &["rtsp://127.0.0.1:9/s"]);
}

#[test]
fn a_model_that_is_not_there_and_one_that_is_small_already() {
    let folder = tempfile::tempdir().unwrap();
    let mut missing = optimise(folder.path(), Path::new("no-such-model"), &clip());
    refused(folder.path(), &mut missing, 2, &["no-such-model", "luchs model fetch"]);
}
