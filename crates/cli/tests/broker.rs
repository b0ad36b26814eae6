//! `luchs broker`: what it writes, what it never overwrites, what it refuses.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use common::{Said, luchs};
use tempfile::TempDir;

const INIT: [&str; 9] = [
    "broker",
    "init",
    "--dir",
    "broker",
    "--authority",
    "ca",
    "--address",
    "127.0.0.1",
    "--reader",
];

/// A folder with an authority.
fn site() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(luchs(folder.path(), &["keys", "authority", "--dir", "ca"]).code, 0);
    folder
}

fn init(folder: &Path, more: &[&str]) -> Said {
    let us = String::from_utf8(std::process::Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    luchs(folder, &[&INIT[..], &["guard", "--user", us.trim()], more].concat())
}

#[test]
fn the_configuration_lets_nobody_in_without_a_certificate_and_keeps_what_readers_miss() {
    let folder = site();
    let said = init(folder.path(), &["--queue", "36000"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let text = fs::read_to_string(folder.path().join("broker/mosquitto.conf")).unwrap();
    for wanted in [
        "allow_anonymous false",
        "tls_version tlsv1.3",
        "require_certificate true",
        "use_identity_as_username true",
        "use_username_as_clientid true",
        "crlfile /",
        "persistence true",
        "autosave_interval 5",
        "max_queued_messages 36000",
        "max_queued_bytes 147456000",
        "an hour at 10 events a second",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    assert_eq!(
        text.lines().filter(|line| line.starts_with("listener ")).count(),
        1,
        "TLS only"
    );
    for file in ["broker.key", "acl", "mosquitto.conf", "broker.crt", "ca.crl"] {
        let mode = fs::metadata(folder.path().join("broker").join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn nothing_is_ever_overwritten() {
    let folder = site();
    fs::create_dir(folder.path().join("broker")).unwrap();
    fs::write(folder.path().join("broker/acl"), "mine").unwrap();
    let said = init(folder.path(), &[]);
    assert!(
        said.code == 3 && said.err.contains("broker/acl exists already"),
        "{}",
        said.err
    );
    let left: Vec<_> = fs::read_dir(folder.path().join("broker")).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing else was written");
    assert_eq!(fs::read(folder.path().join("broker/acl")).unwrap(), b"mine");
}

#[test]
fn what_would_make_it_weak_or_not_work_is_refused() {
    let folder = site();
    for (more, reason) in [
        (&["--queue", "0"][..], "no limit"),
        (&["--address", "a b"], "no address"),
        (&["--user", "nobody-of-this-name"], "nobody-of-this-name"),
        (&["--reader", "+"], "not a name"),
        (&["--prefix", "a/b"], "not a name"),
    ] {
        // The last user given counts.
        let said = luchs(folder.path(), &[&INIT[..], &["guard"], more].concat());
        assert!(said.code == 2 && said.err.contains(reason), "{more:?}: {}", said.err);
    }
    let without = luchs(
        folder.path(),
        &["broker", "init", "--dir", "broker", "--authority", "ca"],
    );
    assert!(
        without.code == 2 && without.err.contains("--address"),
        "{}",
        without.err
    );
    assert!(!folder.path().join("broker").exists());
}

#[test]
fn with_an_authority_elsewhere_the_papers_are_checked() {
    let folder = site();
    let run = |arguments: &[&str]| luchs(folder.path(), arguments);
    run(&["keys", "issue", "--authority", "ca", "--client", "c", "--dir", "p"]);
    run(&[
        "keys",
        "issue",
        "--authority",
        "ca",
        "--server",
        "s",
        "--address",
        "127.0.0.1",
        "--dir",
        "p",
    ]);
    let papers = |cert: &str, key: &str| {
        let (cert, key) = (format!("p/{cert}.crt"), format!("p/{key}.key"));
        run(&[
            "broker",
            "init",
            "--dir",
            "b",
            "--ca",
            "ca/ca.crt",
            "--cert",
            &cert,
            "--key",
            &key,
            "--crl",
            "ca/ca.crl",
        ])
    };
    let mixed = papers("s", "c");
    assert!(
        mixed.code == 2 && mixed.err.contains("does not belong"),
        "{}",
        mixed.err
    );
    let client = papers("c", "c");
    assert!(client.code == 2 && client.err.contains("purpose"), "{}", client.err);
    let right = papers("s", "s");
    assert_eq!(right.code, 0, "{}", right.err);
}

#[test]
fn readers_come_and_go_and_a_list_changed_by_hand_is_left_alone() {
    let folder = site();
    init(folder.path(), &[]);
    let run = |arguments: &[&str]| luchs(folder.path(), arguments);
    let acl = || fs::read_to_string(folder.path().join("broker/acl")).unwrap();
    let added = run(&[
        "broker",
        "add-reader",
        "--dir",
        "broker",
        "--topic",
        "luchs/box-1/+/events",
        "shed",
    ]);
    assert_eq!(added.code, 0, "{}", added.err);
    assert!(
        acl().contains("user shed\ntopic read luchs/box-1/+/events\ntopic deny luchs/shed/#"),
        "{}",
        acl()
    );
    assert_eq!(run(&["broker", "remove-reader", "--dir", "broker", "guard"]).code, 0);
    assert!(!acl().contains("guard"), "{}", acl());
    assert_eq!(run(&["broker", "remove-reader", "--dir", "broker", "guard"]).code, 2);

    let own = acl() + "\nuser me\ntopic readwrite #\n";
    fs::write(folder.path().join("broker/acl"), &own).unwrap();
    let said = run(&["broker", "add-reader", "--dir", "broker", "guard"]);
    assert!(said.code == 2 && said.err.contains("changed by hand"), "{}", said.err);
    assert_eq!(acl(), own);
}

#[test]
fn a_list_of_revoked_certificates_is_taken_over_only_if_it_is_newer_and_ours() {
    let folder = site();
    init(folder.path(), &[]);
    let run = |arguments: &[&str]| luchs(folder.path(), arguments);
    let update = |list: &str| run(&["broker", "update", "--dir", "broker", list]);
    fs::copy(folder.path().join("ca/ca.crl"), folder.path().join("first.crl")).unwrap();
    run(&["keys", "authority", "--dir", "other"]);
    let foreign = update("other/ca.crl");
    assert!(
        foreign.code == 2 && foreign.err.contains("was not made by"),
        "{}",
        foreign.err
    );

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
    run(&["keys", "revoke", "--authority", "ca", "box-1"]);
    let newer = update("ca/ca.crl");
    assert!(
        newer.code == 0 && newer.out.contains("1 certificates are revoked"),
        "{}{}",
        newer.out,
        newer.err
    );
    let older = update("first.crl");
    assert!(
        older.code == 2 && older.err.contains("bring revoked certificates back"),
        "{}",
        older.err
    );
}
