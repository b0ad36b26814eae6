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

#[test]
fn a_key_id_is_never_a_file_name() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| luchs(folder.path(), arguments);
    run(&["keys", "init", "--device", "box-1", "--dir", "d"]);
    run(&["keys", "init", "--recipient", "guard", "--dir", "g"]);
    let text = fs::read_to_string(folder.path().join("g/recipient.pub.jwk")).unwrap();
    let mut key: serde_json::Value = serde_json::from_str(&text).unwrap();
    let thumbprint = key["kid"].as_str().unwrap().to_owned();
    key["kid"] = "../../escaped".into();
    key["name"] = "../../escaped".into();
    fs::write(folder.path().join("evil.jwk"), key.to_string()).unwrap();
    let said = run(&["keys", "add-recipient", "--dir", "d", "evil.jwk"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        folder.path().join(format!("d/recipients/{thumbprint}.jwk")).exists(),
        "{}",
        said.out
    );
    assert!(!folder.path().join("escaped.jwk").exists());
}

#[test]
fn recipients_have_names_are_added_once_and_can_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| luchs(folder.path(), arguments);
    run(&["keys", "init", "--device", "box-1", "--dir", "d"]);
    for guard in ["g1", "g2"] {
        run(&["keys", "init", "--recipient", "guard", "--dir", guard]);
        let public = format!("{guard}/recipient.pub.jwk");
        assert_eq!(run(&["keys", "add-recipient", "--dir", "d", &public]).code, 0);
    }
    assert!(folder.path().join("d/recipients/guard.jwk").exists());
    assert_eq!(
        fs::read_dir(folder.path().join("d/recipients")).unwrap().count(),
        2,
        "the name was taken"
    );
    let listed = run(&["keys", "list", "--dir", "d"]).out;
    assert_eq!(listed.matches("  guard").count(), 2, "{listed}");

    let again = run(&[
        "keys",
        "add-recipient",
        "--dir",
        "d",
        "--name",
        "other",
        "g1/recipient.pub.jwk",
    ]);
    assert_eq!(again.code, 2);
    assert!(
        again.err.contains("already a recipient: d/recipients/guard.jwk"),
        "{}",
        again.err
    );

    let both = run(&["keys", "remove-recipient", "--dir", "d", "guard"]);
    assert!(both.code == 2 && both.err.contains("several"), "{}", both.err);
    let removed = run(&["keys", "remove-recipient", "--dir", "d", "guard.jwk"]);
    assert_eq!(removed.code, 0, "{}", removed.err);
    assert!(!folder.path().join("d/recipients/guard.jwk").exists());
    let last = run(&["keys", "remove-recipient", "--dir", "d", "guard"]);
    assert!(
        last.code == 0 && last.err.contains("no recipients are left"),
        "{}",
        last.err
    );
    assert_eq!(run(&["keys", "remove-recipient", "--dir", "d", "guard"]).code, 2);
}

#[test]
fn a_pair_is_made_whole_or_not_at_all_and_its_halves_belong_together() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| luchs(folder.path(), arguments);
    fs::create_dir(folder.path().join("d")).unwrap();
    fs::write(folder.path().join("d/device.pub.jwk"), "mine").unwrap();
    let said = run(&["keys", "init", "--device", "box-1", "--dir", "d"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("d/device.pub.jwk"), "{}", said.err);
    assert!(!folder.path().join("d/device.jwk").exists(), "half a pair");

    for dir in ["e", "f"] {
        run(&["keys", "init", "--device", "box-1", "--dir", dir]);
    }
    fs::copy(
        folder.path().join("f/device.pub.jwk"),
        folder.path().join("e/device.pub.jwk"),
    )
    .unwrap();
    let said = run(&["keys", "list", "--dir", "e"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("e/device.pub.jwk") && said.err.contains("another key"),
        "{}",
        said.err
    );
}

#[test]
fn init_is_for_a_device_or_for_a_recipient() {
    let folder = tempfile::tempdir().unwrap();
    for who in [&[][..], &["--device", "a", "--recipient", "b"]] {
        let said = luchs(folder.path(), &[&["keys", "init", "--dir", "d"], who].concat());
        assert_eq!(said.code, 2);
        assert!(
            said.err.contains("--device") && said.err.contains("--recipient"),
            "{}",
            said.err
        );
    }
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    luchs(folder.path(), &["keys", "init", "--device", "box-1", "--dir", "d"]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_luchs"))
        .args(["keys", "list", "--dir", "d"])
        .current_dir(folder.path())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the result"));
}

#[test]
fn a_device_changes_its_key_in_two_steps() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| luchs(folder.path(), arguments);
    let kid = |file: &str| {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["kid"].clone()
    };
    run(&["keys", "init", "--device", "box-1", "--dir", "d"]);
    let early = run(&["keys", "rotate", "--finish", "--dir", "d"]);
    assert!(early.code == 2 && early.err.contains("keys rotate"), "{}", early.err);
    let old = kid("d/device.jwk");

    let begun = run(&["keys", "rotate", "--dir", "d"]);
    assert!(
        begun.code == 0 && begun.out.contains("d/device.next.pub.jwk"),
        "{}{}",
        begun.out,
        begun.err
    );
    let new = kid("d/device.next.jwk");
    assert_eq!(kid("d/device.jwk"), old, "the old one is in use");
    assert_eq!(mode(&folder.path().join("d/device.next.jwk")), 0o600);
    assert_eq!(run(&["keys", "rotate", "--dir", "d"]).code, 3, "one at a time");
    assert!(run(&["keys", "list", "--dir", "d"]).out.contains(new.as_str().unwrap()));

    let finished = run(&["keys", "rotate", "--finish", "--dir", "d"]);
    assert_eq!(finished.code, 0, "{}", finished.err);
    assert_eq!((kid("d/device.jwk"), kid("d/device.pub.jwk")), (new.clone(), new));
    assert_eq!(kid("d/device.old.pub.jwk"), old, "readers still need it");
    let left: Vec<_> = fs::read_dir(folder.path().join("d"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert!(
        !left.iter().any(|name| name.to_string_lossy().contains("next")),
        "{left:?}"
    );
    assert!(!left.contains(&"device.old.jwk".into()), "the old private key is gone");
}

#[test]
fn a_recipient_changes_its_key_and_keeps_the_old_one_for_what_is_on_its_way() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| luchs(folder.path(), arguments);
    run(&["keys", "init", "--device", "box-1", "--dir", "d"]);
    run(&["keys", "init", "--recipient", "guard", "--dir", "g"]);
    run(&["keys", "add-recipient", "--dir", "d", "g/recipient.pub.jwk"]);
    let old = fs::read(folder.path().join("g/recipient.jwk")).unwrap();
    assert_eq!(run(&["keys", "rotate", "--dir", "g"]).code, 0);
    let added = run(&["keys", "add-recipient", "--dir", "d", "g/recipient.next.pub.jwk"]);
    assert_eq!(added.code, 0, "{}", added.err);
    assert_eq!(run(&["keys", "rotate", "--finish", "--dir", "g"]).code, 0);
    assert_eq!(fs::read(folder.path().join("g/recipient.old.jwk")).unwrap(), old);
    assert_eq!(mode(&folder.path().join("g/recipient.old.jwk")), 0o600);

    // The next change waits until the key before is given up.
    run(&["keys", "rotate", "--dir", "g"]);
    let refused = run(&["keys", "rotate", "--finish", "--dir", "g"]);
    assert!(
        refused.code == 2 && refused.err.contains("recipient.old.jwk"),
        "{}",
        refused.err
    );
}

#[test]
fn an_authority_issues_lists_and_revokes() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let said = luchs(folder.path(), arguments);
        assert_eq!(said.code, 0, "{}", said.err);
        said.out
    };
    run(&["keys", "authority", "--dir", "ca"]);
    run(&[
        "keys",
        "issue",
        "--authority",
        "ca",
        "--client",
        "box-1",
        "--dir",
        "box",
    ]);
    run(&[
        "keys",
        "issue",
        "--authority",
        "ca",
        "--server",
        "broker",
        "--address",
        "127.0.0.1",
        "--address",
        "broker.site",
        "--days",
        "3",
        "--dir",
        "b",
    ]);
    assert_eq!(mode(&folder.path().join("box/box-1.key")), 0o600);
    let listed = run(&["keys", "list", "--dir", "b"]);
    assert!(
        listed.contains("broker at 127.0.0.1, broker.site, valid for 2 days"),
        "{listed}"
    );
    let shown = run(&["keys", "show", "box/box-1.crt"]);
    assert!(
        shown.contains("box-1, valid for 364 days") && shown.contains("Luchs site authority"),
        "{shown}"
    );

    // A renewal keeps the key.
    let key = fs::read(folder.path().join("box/box-1.key")).unwrap();
    run(&[
        "keys",
        "issue",
        "--authority",
        "ca",
        "--client",
        "box-1",
        "--dir",
        "box",
    ]);
    assert_eq!(fs::read(folder.path().join("box/box-1.key")).unwrap(), key);

    let revoked = run(&["keys", "revoke", "--authority", "ca", "box-1"]);
    assert!(revoked.contains("revoked 2 certificates of box-1"), "{revoked}");
    let listed: serde_json::Value = serde_json::from_str(&run(&["keys", "list", "--dir", "ca", "--json"])).unwrap();
    let issued = listed["issued"].as_array().unwrap();
    let revoked = |name: &str| {
        issued
            .iter()
            .filter(|one| one["name"] == name && !one["revoked"].is_null())
            .count()
    };
    assert_eq!((issued.len(), revoked("box-1"), revoked("broker")), (3, 2, 0));
    let unknown = luchs(folder.path(), &["keys", "revoke", "--authority", "ca", "box-1"]);
    assert!(unknown.code == 2 && unknown.err.contains("box-1"), "{}", unknown.err);
}

#[test]
fn an_outside_authority_gets_a_request_and_its_certificate_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| luchs(folder.path(), arguments);
    let (here, outside) = (
        ["--dir", "box", "--ca", "outside/ca.crt"],
        ["--authority", "outside", "--dir", "sent"],
    );
    run(&["keys", "authority", "--dir", "outside"]);
    run(&["keys", "authority", "--dir", "other"]);
    let made = run(&["keys", "request", "--client", "box-1", "--dir", "box"]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(run(&["keys", "show", "box/box-1.csr"]).out.contains("box-1"));

    let wrong = [
        &["keys", "issue", "--client", "box-2", "--request", "box/box-1.csr"],
        &outside[..],
    ]
    .concat();
    let wrong = run(&wrong);
    assert!(
        wrong.code == 2 && wrong.err.contains("is for box-1, not for box-2"),
        "{}",
        wrong.err
    );
    let issued = run(&[
        &["keys", "issue", "--client", "box-1", "--request", "box/box-1.csr"],
        &outside[..],
    ]
    .concat());
    assert_eq!(issued.code, 0, "{}", issued.err);
    assert!(
        !folder.path().join("sent/box-1.key").exists(),
        "the key never left the box"
    );

    let install = |file: &str, options: &[&str]| run(&[&["keys", "install"], options, &[file]].concat());
    run(&[
        "keys",
        "issue",
        "--authority",
        "outside",
        "--client",
        "box-1",
        "--dir",
        "stranger",
    ]);
    let mixed = install("stranger/box-1.crt", &here);
    assert!(
        mixed.code == 2 && mixed.err.contains("box/box-1.key does not belong"),
        "{}",
        mixed.err
    );
    let unknown = install("sent/box-1.crt", &["--dir", "box", "--ca", "other/ca.crt"]);
    assert!(
        unknown.code == 2 && unknown.err.contains("other/ca.crt"),
        "{}",
        unknown.err
    );
    assert!(!folder.path().join("box/box-1.crt").exists());
    let installed = install("sent/box-1.crt", &here);
    assert_eq!(installed.code, 0, "{}", installed.err);
    assert!(folder.path().join("box/box-1.crt").exists());
}

#[test]
fn no_command_shows_a_private_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut said = String::new();
    for arguments in [
        &["keys", "init", "--device", "box-1", "--dir", "d"][..],
        &["keys", "list", "--dir", "d"],
        &["keys", "show", "d/device.jwk"],
        &["keys", "authority", "--dir", "ca"],
        &["keys", "list", "--dir", "ca", "--json"],
        &["keys", "show", "ca/ca.key"],
    ] {
        let one = luchs(folder.path(), arguments);
        said += &(one.out + &one.err);
    }
    let key = fs::read_to_string(folder.path().join("d/device.jwk")).unwrap();
    let key: serde_json::Value = serde_json::from_str(&key).unwrap();
    let pem = fs::read_to_string(folder.path().join("ca/ca.key")).unwrap();
    assert!(
        !said.contains(key["d"].as_str().unwrap()) && !said.contains(pem.lines().nth(1).unwrap()),
        "{said}"
    );
    assert!(said.contains("private key of device box-1"), "{said}");
}
