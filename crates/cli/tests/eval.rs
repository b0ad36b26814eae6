//! `luchs eval` refuses what it cannot measure, and names it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fmt::Write as _, fs, path::Path};

use common::luchs;

fn refused(folder: &Path, arguments: &[&str], code: i32, expected: &[&str]) {
    let said = luchs(folder, arguments);
    assert_eq!(said.code, code, "{}{}", said.out, said.err);
    for words in expected {
        assert!(said.err.contains(words), "nothing about “{words}” in: {}", said.err);
    }
}

#[test]
fn detections_become_tracks() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = String::new();
    for frame in 1..=20 {
        writeln!(lines, "{frame},-1,{},50,40,80,0.9", 10 + 2 * frame).unwrap();
    }
    fs::write(folder.path().join("det.txt"), lines).unwrap();
    let said = luchs(
        folder.path(),
        &["eval", "track", "--detections", "det.txt", "--out", "tracks.txt"],
    );
    assert_eq!(said.code, 0, "{}", said.err);
    let tracks = fs::read_to_string(folder.path().join("tracks.txt")).unwrap();
    let ids: Vec<&str> = tracks.lines().map(|line| line.split(',').nth(1).unwrap()).collect();
    assert!(ids.len() >= 17 && ids.iter().all(|id| *id == "1"), "{tracks}");
}

#[test]
fn a_file_that_is_no_detections_file_is_named_with_the_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("det.txt"), "1,-1,10,10,5,5,0.9\nhello\n").unwrap();
    refused(
        folder.path(),
        &["eval", "track", "--detections", "det.txt", "--out", "t.txt"],
        2,
        &["det.txt", "line 2", "hello"],
    );
}

#[test]
fn an_input_must_be_given() {
    let folder = tempfile::tempdir().unwrap();
    refused(
        folder.path(),
        &["eval", "track", "--out", "t.txt"],
        2,
        &["--video", "--model"],
    );
}

#[test]
fn a_missing_model_is_named_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jpg"), "").unwrap();
    let arguments = [
        "eval",
        "detect",
        "--model",
        "no-such-model",
        "--images",
        ".",
        "--labels",
        ".",
    ];
    refused(folder.path(), &arguments, 2, &["no-such-model", "luchs model fetch"]);
}

#[test]
fn an_unknown_recipe_lists_those_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let recipes = recipes.to_str().unwrap();
    refused(
        folder.path(),
        &["model", "fetch", "--recipes", recipes, "--to", ".", "yolo-99"],
        2,
        &["yolo-99", "yolox-nano"],
    );
}
