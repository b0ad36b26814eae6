//! `luchs status`: what it prints and how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{io::Write as _, os::unix::net::UnixListener, path::Path, thread};

use common::luchs;

/// Somebody who tells this status, as often as asked.
fn tell(path: &Path, status: String) {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for visitor in listener.incoming() {
            visitor.unwrap().write_all(status.as_bytes()).unwrap();
        }
    });
}

const SITE: &str = include_str!("../../appliance/tests/fixtures/site.json");
const NEW: &str = include_str!("../../appliance/tests/fixtures/new.json");

#[test]
fn the_exit_code_says_how_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let failed = SITE.replacen("\"health\": \"degraded\"", "\"health\": \"failed\"", 1);
    for (name, status, code, words) in [
        ("good", NEW.to_owned(), 0, "all is well"),
        ("degraded", SITE.to_owned(), 1, "somebody should look"),
        ("failed", failed, 1, "does not work"),
    ] {
        tell(&folder.path().join(name), status);
        let said = luchs(folder.path(), &["status", "--socket", name]);
        assert_eq!(said.code, code, "{}{}", said.out, said.err);
        assert!(said.out.contains(words) && !said.out.contains('\x1b'), "{}", said.out);
    }
}

#[test]
fn programs_get_one_object() {
    let folder = tempfile::tempdir().unwrap();
    tell(&folder.path().join("socket"), SITE.to_owned());
    let said = luchs(folder.path(), &["status", "--json", "--socket", "socket"]);
    let status: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, status["schema"].as_str()), (1, Some("luchs.status/1")));
    assert_eq!(status["cameras"]["yard"]["fault_kind"], "refused");
}

#[test]
fn who_does_not_run_says_so_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    drop(UnixListener::bind(folder.path().join("left")).unwrap());
    for socket in ["left", "never"] {
        let said = luchs(folder.path(), &["status", "--socket", socket]);
        assert_eq!((said.code, said.out.as_str()), (3, ""));
        assert!(
            said.err.contains("does not run") && said.err.contains("systemctl start luchs"),
            "{}",
            said.err
        );
    }
    tell(&folder.path().join("other"), "{\"schema\":\"luchs.status/9\"}".into());
    let said = luchs(folder.path(), &["status", "--socket", "other"]);
    assert!(said.code == 3 && said.err.contains("another version"), "{}", said.err);
}
