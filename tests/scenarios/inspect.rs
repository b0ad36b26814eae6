//! What `gst-inspect-1.0` tells about the elements is what was agreed: names, ranges, defaults, words.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

fn inspect(element: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("gst-inspect-1.0")
        .args(["--no-colors", element])
        .env("GST_PLUGIN_PATH", luchs_tests::built().unwrap())
        .env("GST_REGISTRY", folder.path().join("registry.bin"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{element}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // What differs between two builds of the same source, and what GStreamer's own base classes add.
    let own = text.lines().filter(|line| {
        !["Filename", "Version", "Source release date"]
            .iter()
            .any(|w| line.trim_start().starts_with(w))
    });
    own.map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn luchsdetect() {
    insta::assert_snapshot!(inspect("luchsdetect"));
}

#[test]
fn luchstrack() {
    insta::assert_snapshot!(inspect("luchstrack"));
}

#[test]
fn luchspublish() {
    insta::assert_snapshot!(inspect("luchspublish"));
}

#[test]
fn luchsoverlay() {
    insta::assert_snapshot!(inspect("luchsoverlay"));
}

#[test]
fn every_property_of_ours_says_what_it_is_for() {
    for element in ["luchsdetect", "luchstrack", "luchspublish", "luchsoverlay"] {
        let text = inspect(element);
        let properties = text.split("Element Properties:").nth(1).unwrap_or_default();
        let described: Vec<_> = properties
            .lines()
            .filter(|line| line.starts_with("  ") && line.contains(" : "))
            .collect();
        assert!(described.len() > 5, "{element}: {text}");
        for line in described {
            let words = line.split(" : ").nth(1).unwrap_or_default().split_whitespace().count();
            let of_base = ["name ", "parent ", "qos "]
                .iter()
                .any(|name| line.trim_start().starts_with(name));
            assert!(of_base || words >= 4, "{element}: too little said: {line}");
        }
    }
}
