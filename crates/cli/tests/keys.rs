//! `luchs keys`: keys are private from the first moment, are never overwritten, and wrong ones are refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use common::luchs;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_device_and_its_reader_are_made_in_three_commands() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let said = luchs(folder.path(), arguments);
        assert_eq!(said.code, 0, "{}", said.err);
        said.out
    };
    run(&["keys", "init", "--device", "box-1", "--dir", "device"]);
    run(&["keys", "init", "--recipient", "guard", "--dir", "guard"]);
    run(&["keys", "add-recipient", "--dir", "device", "guard/recipient.pub.jwk"]);
    for private in ["device/device.jwk", "guard/recipient.jwk"] {
        assert_eq!(mode(&folder.path().join(private)), 0o600, "{private}");
    }
    assert_eq!(mode(&folder.path().join("device")), 0o700);
    let listed = run(&["keys", "list", "--dir", "device", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let guard: serde_json::Value = serde_json::from_str(&run(&["keys", "list", "--dir", "guard", "--json"])).unwrap();
    assert_eq!(listed["device"]["name"], "box-1");
    assert_eq!(listed["recipients"], serde_json::json!([guard["recipient"]["kid"]]));
}

#[test]
fn a_key_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    luchs(folder.path(), &["keys", "init", "--device", "box-1", "--dir", "d"]);
    let before = fs::read(folder.path().join("d/device.jwk")).unwrap();
    let said = luchs(folder.path(), &["keys", "init", "--device", "box-1", "--dir", "d"]);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.err.contains("d/device.jwk"), "{}", said.err);
    assert_eq!(fs::read(folder.path().join("d/device.jwk")).unwrap(), before);
}

#[test]
fn a_private_key_is_no_recipient() {
    let folder = tempfile::tempdir().unwrap();
    luchs(folder.path(), &["keys", "init", "--device", "box-1", "--dir", "d"]);
    luchs(folder.path(), &["keys", "init", "--recipient", "guard", "--dir", "g"]);
    let said = luchs(
        folder.path(),
        &["keys", "add-recipient", "--dir", "d", "g/recipient.jwk"],
    );
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("g/recipient.jwk") && said.err.contains("private"),
        "{}",
        said.err
    );
    assert_eq!(fs::read_dir(folder.path().join("d/recipients")).unwrap().count(), 0);
}

#[test]
fn a_name_that_topics_cannot_hold_is_refused_with_the_rule() {
    let folder = tempfile::tempdir().unwrap();
    let said = luchs(folder.path(), &["keys", "init", "--device", "box/1", "--dir", "d"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("box/1") && said.err.contains("letters, digits"),
        "{}",
        said.err
    );
}

#[test]
fn an_empty_folder_says_how_to_begin() {
    let folder = tempfile::tempdir().unwrap();
    let said = luchs(folder.path(), &["keys", "list", "--dir", "."]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("luchs keys init"), "{}", said.err);
}
