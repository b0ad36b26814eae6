//! `luchs check`, as a person or a program meets it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn check(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luchs"));
    command
        .current_dir(folder)
        .arg("check")
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn five_mistakes_are_told_as_the_page_shows_them() {
    let output = check(
        &root().join("crates/appliance/tests"),
        &["five_errors.toml", "--text-only"],
    );
    assert_eq!(output.status.code(), Some(2));
    let shown = format!("{}{}", text(&output.stdout), text(&output.stderr));
    let page = fs::read_to_string(root().join("docs/config.md")).unwrap();
    assert!(
        page.contains(&shown),
        "docs/config.md shows something else than:\n{shown}"
    );
    let file = fs::read_to_string(root().join("crates/appliance/tests/five_errors.toml")).unwrap();
    assert!(
        page.contains(&format!("```toml\n{file}```")),
        "docs/config.md shows another file than:\n{file}"
    );
    assert!(!shown.contains("Luchs2026"), "the password is shown: {shown}");
}

#[test]
fn programs_get_places_as_json() {
    let output = check(
        &root().join("crates/appliance/tests"),
        &["five_errors.toml", "--text-only", "--json"],
    );
    assert_eq!(output.status.code(), Some(2));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let problems = json["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 5, "{json}");
    let line = problems.iter().map(|problem| problem["line"].as_u64().unwrap());
    assert!(line.is_sorted() && !json.to_string().contains("Luchs2026"), "{json}");
}

#[test]
fn what_the_file_names_is_looked_at_unless_only_the_text_counts() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        "[broker]\nurl = \"mqtts://broker.example\"\nca = \"nowhere.crt\"\n[camera.gate]\nurl = \"rtsp://h/\"\n";
    fs::write(folder.path().join("luchs.toml"), config).unwrap();
    assert_eq!(
        check(folder.path(), &["luchs.toml", "--text-only"]).status.code(),
        Some(0)
    );
    let output = check(folder.path(), &["luchs.toml"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("nowhere.crt"), "{}", text(&output.stdout));
}

#[test]
fn a_file_that_is_not_there_is_no_mistake_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = check(folder.path(), &["none.toml"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let shown = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(shown.contains("none.toml"), "{shown}");
}
