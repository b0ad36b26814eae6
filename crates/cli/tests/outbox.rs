//! `luchs outbox`: what waits can be seen, handed over, released and recovered, while the publisher runs and while not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command, thread, time::Duration};

use common::luchs;
use luchs_delivery::{BrokerSettings, Delivery, Settings};
use luchs_scene::{
    Draft, Utc,
    event::{Condition, Kind, Status},
};
use luchs_seal::{Opener, RecipientKey, TrustedDevices};
use serde_json::Value;
use tempfile::TempDir;

/// A device whose broker is not there, with its outbox `box.outbox`.
struct Site(TempDir);

impl Site {
    fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        site.done(&["keys", "init", "--device", "box-1", "--dir", "device"]);
        site.done(&["keys", "init", "--recipient", "guard", "--dir", "guard"]);
        site.done(&["keys", "add-recipient", "--dir", "device", "guard/recipient.pub.jwk"]);
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
            ])
            .args([
                "-days", "400", "-subj", "/CN=box", "-keyout", "tls.key", "-out", "tls.crt",
            ])
            .current_dir(site.0.path())
            .output()
            .unwrap();
        assert!(made.status.success());
        site
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn publisher(&self) -> Delivery {
        let broker = BrokerSettings {
            url: "mqtts://127.0.0.1:1".into(),
            ca: self.file("tls.crt"),
            certificate: self.file("tls.crt"),
            key: self.file("tls.key"),
            client_id: None,
        };
        let outbox = self.file("box.outbox");
        Delivery::open(Settings::new(
            self.file("device/device.jwk"),
            self.file("device/recipients"),
            outbox,
            broker,
        ))
        .unwrap()
    }

    /// With `count` events that nobody fetches, of a publisher that has ended.
    fn filled(count: u64) -> Self {
        let site = Self::new();
        submit(&site.publisher(), count);
        site
    }

    fn done(&self, arguments: &[&str]) -> String {
        let said = luchs(self.0.path(), arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {}", said.err);
        said.out
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.done(arguments)).unwrap()
    }

    /// Overwrites a part of the outbox.
    fn sabotage(&self, from: usize, to: usize, value: u8) {
        let path = self.file("box.outbox");
        let mut bytes = fs::read(&path).unwrap();
        let to = to.min(bytes.len());
        bytes[from..to].fill(value);
        fs::write(&path, bytes).unwrap();
    }
}

fn submit(delivery: &Delivery, count: u64) {
    for number in 0..count {
        let status = Status {
            condition: Condition::DetectorFailing,
            text: format!("the secret of number {number}"),
        };
        delivery.submit(Draft {
            status: Some(status),
            ..Draft::new(
                Kind::DeviceStatus,
                "gate".parse().unwrap(),
                Utc::from_unix_millis(1_795_443_939_120),
            )
        });
    }
    assert!(delivery.flush(Duration::from_secs(20)));
}

#[test]
fn status_tells_what_waits_while_the_publisher_runs_and_while_it_does_not() {
    let site = Site::new();
    let publisher = site.publisher();
    submit(&publisher, 3);
    let status = site.json(&["outbox", "status", "box.outbox", "--json"]);
    assert_eq!(status["schema"], "luchs.outbox.status/1");
    assert_eq!((&status["device"], &status["in_use"]), (&"box-1".into(), &true.into()));
    assert_eq!(status["pid"], std::process::id());
    assert_eq!(
        (&status["events"]["pending"]["count"], &status["next_seq"]),
        (&3.into(), &4.into())
    );
    assert!(
        status["events"]["pending"]["oldest"]
            .as_str()
            .unwrap()
            .starts_with("20")
    );
    assert_eq!(status["retention"]["bytes"], 268_435_456);
    assert_eq!(status["retention"]["seconds"], 604_800);
    assert_eq!(status["dropped"], serde_json::json!({ "retention": 0, "storage": 0 }));
    assert_eq!(status["topics"][0]["topic"], "luchs/box-1/gate/events");
    assert_eq!(status["topics"][0]["priority"], "alarm");
    // Looking on does not keep it from working.
    submit(&publisher, 2);
    drop(publisher);

    let folder = || {
        fs::read_dir(site.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect::<Vec<_>>()
    };
    let before = (folder(), fs::read(site.file("box.outbox")).unwrap());
    let said = site.done(&["outbox", "status", "box.outbox"]);
    assert!(
        said.contains("device box-1, no publisher runs") && said.contains("retention: "),
        "{said}"
    );
    let status = site.json(&["outbox", "status", "box.outbox", "--json"]);
    assert_eq!(
        (&status["events"]["pending"]["count"], &status["in_use"]),
        (&5.into(), &false.into())
    );
    assert_eq!(
        (folder(), fs::read(site.file("box.outbox")).unwrap()),
        before,
        "nothing was touched"
    );
}

#[test]
fn inspect_lists_events_without_what_they_tell() {
    let site = Site::filled(5);
    let listed = site.done(&["outbox", "inspect", "box.outbox", "--json", "--limit", "3"]);
    let rows: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<_> = rows.iter().map(|row| row["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(
        (&rows[0]["state"], &rows[0]["priority"]),
        (&"pending".into(), &"alarm".into())
    );
    assert!(rows[0]["bytes"].as_u64().unwrap() > 500);
    let text = site.done(&["outbox", "inspect", "box.outbox"]);
    assert_eq!(text.lines().count(), 6, "{text}");
    assert!(
        !text.contains("secret") && text.contains("luchs/box-1/gate/events"),
        "{text}"
    );
    assert_eq!(
        site.done(&["outbox", "inspect", "box.outbox", "--json", "--state", "parked"]),
        ""
    );
    assert_eq!(
        site.done(&["outbox", "inspect", "box.outbox", "--json", "--topic", "other"]),
        ""
    );
}

/// Opens exported lines as a recipient does, and gives what they tell.
fn read(site: &Site, lines: &str) -> Vec<String> {
    let key = RecipientKey::load(&site.file("guard/recipient.jwk")).unwrap();
    let opener = Opener::new(key, TrustedDevices::load(&site.file("device/device.pub.jwk")).unwrap());
    let open = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let envelope = line["envelope"].to_string();
        let event = opener
            .open(envelope.as_bytes(), line["topic"].as_str().unwrap())
            .unwrap();
        assert_eq!(line["seq"], event.seq);
        event.status.unwrap().text
    };
    lines.lines().map(open).collect()
}

fn secrets(count: u64) -> Vec<String> {
    (0..count)
        .map(|number| format!("the secret of number {number}"))
        .collect()
}

#[test]
fn exported_events_are_sealed_and_open_for_their_recipient() {
    let site = Site::filled(4);
    let lines = site.done(&["outbox", "export", "box.outbox"]);
    assert!(!lines.contains("secret"));
    assert_eq!(read(&site, &lines), secrets(4));
    let said = site.json(&["outbox", "export", "box.outbox", "--output", "events.jsonl", "--json"]);
    assert_eq!(said["events"], 4);
    assert_eq!(fs::read_to_string(site.file("events.jsonl")).unwrap(), lines);
    let mode = fs::metadata(site.file("events.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "for its owner only");
    let again = luchs(
        site.0.path(),
        &["outbox", "export", "box.outbox", "--output", "events.jsonl"],
    );
    assert_eq!(again.code, 3, "never over another file: {}", again.err);
}

#[test]
fn a_damaged_outbox_is_named_and_its_events_are_recovered() {
    let site = Site::filled(40);
    let middle = fs::metadata(site.file("box.outbox")).unwrap().len() as usize / 2 / 4096 * 4096;
    site.sabotage(middle, middle + 4096 * 3, 0xA5);
    site.sabotage(0, 40, 0);
    let before = fs::read(site.file("box.outbox")).unwrap();
    let status = luchs(site.0.path(), &["outbox", "status", "box.outbox"]);
    assert_eq!(status.code, 1, "{}", status.err);
    assert!(
        status.err.contains("box.outbox is damaged") && status.err.contains("recover"),
        "{}",
        status.err
    );

    let said = site.json(&["outbox", "recover", "box.outbox", "--export", "found.jsonl", "--json"]);
    let found = said["found"].as_u64().unwrap();
    assert!((30..40).contains(&found) && said["from_pages"] == true, "{said}");
    let lines = fs::read_to_string(site.file("found.jsonl")).unwrap();
    assert_eq!(read(&site, &lines).len() as u64, found);
    assert_eq!(
        fs::read(site.file("box.outbox")).unwrap(),
        before,
        "the damaged file stays as it is"
    );

    let into = ["outbox", "recover", "box.outbox", "--into", "new.outbox", "--json"];
    assert_eq!(site.json(&into)["taken"], found);
    let said = site.json(&into);
    assert_eq!(
        (&said["taken"], &said["known"]),
        (&0.into(), &found.into()),
        "twice is once"
    );
    let status = site.json(&["outbox", "status", "new.outbox", "--json"]);
    assert_eq!(
        (&status["events"]["pending"]["count"], &status["device"]),
        (&found.into(), &"box-1".into())
    );

    let itself = luchs(
        site.0.path(),
        &["outbox", "recover", "box.outbox", "--into", "./box.outbox"],
    );
    assert_eq!(itself.code, 2, "{}", itself.err);

    // The publisher sets it aside by itself, and status says so.
    submit(&site.publisher(), 1);
    let status = luchs(site.0.path(), &["outbox", "status", "box.outbox", "--json"]);
    let report: Value = serde_json::from_str(&status.out).unwrap();
    assert_eq!(report["events"]["pending"]["count"], found + 1);
    let aside = report["set_aside"][0].as_str().unwrap();
    assert!(status.code == 1 && status.err.contains(aside), "{}", status.err);
    assert_eq!(fs::read(site.file(aside)).unwrap(), before);
}

#[test]
fn recovering_into_an_outbox_that_is_in_use_is_refused() {
    let site = Site::filled(3);
    fs::rename(site.file("box.outbox"), site.file("old")).unwrap();
    let publisher = site.publisher();
    let said = luchs(site.0.path(), &["outbox", "recover", "old", "--into", "box.outbox"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("in use by another process"), "{}", said.err);
    drop(publisher);
    // A process that another test forked a moment ago has a copy of the lock until it becomes its own program.
    let mut said = luchs(site.0.path(), &["outbox", "recover", "old", "--into", "box.outbox"]);
    for _ in 0..100 {
        if said.code != 3 {
            break;
        }
        thread::sleep(Duration::from_millis(100));
        said = luchs(site.0.path(), &["outbox", "recover", "old", "--into", "box.outbox"]);
    }
    assert!(
        said.out.contains("3 events were taken over into box.outbox"),
        "{}{}",
        said.out,
        said.err
    );
}

#[test]
fn what_is_no_outbox_is_refused_with_the_reason() {
    let site = Site::new();
    fs::write(site.file("notes"), "my notes\n".repeat(500)).unwrap();
    let status = |path: &str| luchs(site.0.path(), &["outbox", "status", path]);
    for (path, code, words) in [
        ("missing", 2, "there is no outbox at missing"),
        ("notes", 2, "no outbox of Luchs"),
        ("device", 2, "no outbox of Luchs"),
    ] {
        let said = status(path);
        assert_eq!(said.code, code, "{path}: {}", said.err);
        assert!(said.err.contains(words), "{path}: {}", said.err);
    }
    let said = luchs(site.0.path(), &["outbox", "recover", "notes", "--export", "found"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("no event could be read of notes"), "{}", said.err);
    // Nothing was made beside any of them.
    assert!(!Path::new(&site.file("notes.lock")).exists() && !Path::new(&site.file("missing")).exists());
}

/// As if the broker had refused the event of this number for good.
fn park(site: &Site, number: u64) {
    let refuse = format!(
        "PRAGMA busy_timeout = 5000; UPDATE event SET state = 2, refused = 135 WHERE seq = {number}; SELECT changes();"
    );
    let done = Command::new("sqlite3")
        .arg(site.file("box.outbox"))
        .arg(refuse)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        said.ends_with("\n1\n"),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
fn refused_events_are_seen_and_can_be_released_while_the_publisher_runs_and_while_not() {
    let site = Site::filled(3);
    assert_eq!(site.json(&["outbox", "release", "box.outbox", "--json"])["released"], 0);
    let refused = || {
        let said = luchs(site.0.path(), &["outbox", "status", "box.outbox"]);
        assert_eq!(said.code, 1, "{}", said.out);
        assert!(
            said.err.contains("1 events were refused") && said.err.contains("luchs outbox release box.outbox"),
            "{}",
            said.err
        );
        assert!(
            said.out.contains(
                "parked on luchs/box-1/gate/events: 1, the device may not write there: check the broker's rights"
            ),
            "{}",
            said.out
        );
        let said = site.done(&["outbox", "inspect", "box.outbox", "--state", "parked"]);
        let line = said.lines().nth(1).unwrap();
        assert!(line.contains(" 2  ") && line.ends_with("  (not-authorized)"), "{said}");
    };
    park(&site, 2);
    refused();
    let said = site.done(&["outbox", "release", "box.outbox"]);
    assert!(said.contains("1 events wait for the broker again"), "{said}");
    site.done(&["outbox", "status", "box.outbox"]);

    let publisher = site.publisher();
    assert!(publisher.flush(Duration::from_secs(10)));
    park(&site, 2);
    refused();
    assert_eq!(site.json(&["outbox", "release", "box.outbox", "--json"])["released"], 1);
    let status = site.json(&["outbox", "status", "box.outbox", "--json"]);
    assert_eq!(
        (&status["events"]["pending"]["count"], &status["in_use"]),
        (&3.into(), &true.into())
    );
    let left: Vec<_> = fs::read_dir(site.0.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !left.iter().any(|name| name.to_string_lossy().ends_with(".release")),
        "{left:?}"
    );
}

#[test]
fn looking_on_and_writing_do_not_disturb_each_other() {
    let site = Site::new();
    let publisher = site.publisher();
    submit(&publisher, 1);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (0..40).for_each(|_| submit(&publisher, 10)));
        let (mut looks, mut seen) = (0, 0);
        while !writer.is_finished() {
            let status = site.json(&["outbox", "status", "box.outbox", "--json"]);
            let next = status["next_seq"].as_u64().unwrap();
            assert_eq!(status["events"]["pending"]["count"], next - 1, "one moment, not two");
            let listed = site.done(&["outbox", "inspect", "box.outbox", "--json"]);
            assert!(listed.lines().count() as u64 >= next - 1);
            assert!(next >= seen);
            (looks, seen) = (looks + 1, next);
        }
        assert!(looks > 2, "{looks}");
    });
    assert_eq!(publisher.stats().committed, 401);
    assert_eq!(
        publisher.stats().last_error.filter(|error| error.contains("outbox")),
        None
    );
}
