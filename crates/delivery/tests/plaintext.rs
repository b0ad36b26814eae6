//! Nothing of an event can be read on disk: not in the database, its log or index, nor in any file that the process has
//! open, while events are written and afterwards.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

mod common;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use common::settings;
use luchs_delivery::{Delivery, Retention};
use luchs_scene::{
    Draft, Utc,
    event::{Condition, Kind, Status},
};

const MARKER: &str = "the heron stands beside the third lamp";

/// How the marker looks in a file: as it is, and in base64 at each of the three ways it can fall into groups of three
/// bytes. A signed but unencrypted event is base64.
fn forms() -> Vec<Vec<u8>> {
    let mut forms = vec![MARKER.as_bytes().to_vec()];
    for shift in 0..3 {
        let middle = &MARKER.as_bytes()[shift..];
        let whole = middle.len() / 3 * 3;
        forms.push(URL_SAFE_NO_PAD.encode(&middle[..whole]).into_bytes());
    }
    forms
}

/// All files below `folder` and all regular files that this process has open, also those that have no name any more, in
/// which the marker can be read.
fn readable(folder: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    let mut files = list(folder);
    for open in list(Path::new("/proc/self/fd")) {
        let target = fs::read_link(&open).unwrap_or_default();
        let ours = target.starts_with(folder) || target.to_string_lossy().ends_with("(deleted)");
        if ours && fs::metadata(&open).is_ok_and(|meta| meta.is_file()) {
            files.push(open);
        }
    }
    let forms = forms();
    files.retain(|file| {
        // It may be gone meanwhile.
        let content = fs::read(file).unwrap_or_default();
        forms
            .iter()
            .any(|form| content.windows(form.len()).any(|part| part == form))
    });
    files
}

fn draft(number: u64) -> Draft {
    Draft {
        stream_time_ns: Some(number),
        status: Some(Status {
            condition: Condition::DetectorFailing,
            text: format!("{MARKER}, {number}"),
        }),
        ..Draft::new(
            Kind::DeviceStatus,
            "gate".parse().unwrap(),
            Utc::from_unix_millis(1_795_443_939_120),
        )
    }
}

#[test]
fn no_event_can_be_read_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let mut settings = settings(dir.path(), state.join("box.outbox"));
    // So small that rows are dropped and gaps are made, too.
    settings.retention = Retention {
        bytes: 300_000,
        ..Retention::default()
    };
    let delivery = Delivery::open(settings).unwrap();
    let done = AtomicBool::new(false);
    let scans = std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..600 {
                delivery.submit(draft(number));
                if number % 20 == 0 {
                    delivery.flush(Duration::from_secs(20));
                }
            }
            assert!(delivery.flush(Duration::from_secs(20)));
            done.store(true, Ordering::SeqCst);
        });
        let mut scans = 0;
        while !done.load(Ordering::SeqCst) {
            assert_eq!(readable(&state), [] as [PathBuf; 0]);
            scans += 1;
        }
        scans
    });
    assert!(scans > 3, "scanned {scans} times while it was written");
    let stats = delivery.stats();
    assert!(stats.committed >= 600 && stats.dropped > 100, "{stats:?}");
    let names: Vec<_> = fs::read_dir(&state)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    for name in ["box.outbox", "box.outbox-wal", "box.outbox-shm"] {
        assert!(
            names.iter().any(|found| found == name),
            "{name} was not scanned: {names:?}"
        );
    }
    assert_eq!(readable(&state), [] as [PathBuf; 0]);
    drop(delivery);
    assert_eq!(readable(&state), [] as [PathBuf; 0]);
}

/// The scan itself: it finds what it is there to find.
#[test]
fn the_scan_finds_events_that_are_not_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let event = serde_json::json!({ "text": format!("{MARKER}, 1") }).to_string();
    let found = |folder: &Path| readable(folder).len();

    let log = dir.path().join("log");
    fs::create_dir(&log).unwrap();
    let database = rusqlite::Connection::open(log.join("box.outbox")).unwrap();
    let setup = "PRAGMA journal_mode = WAL; CREATE TABLE event (payload BLOB)";
    database.execute_batch(setup).unwrap();
    assert_eq!(found(&log), 0);
    database.execute("INSERT INTO event VALUES (?1)", [&event]).unwrap();
    // By its name, and as an open file: only the log has it yet.
    let names: Vec<_> = readable(&log)
        .iter()
        .filter_map(|path| path.file_name().map(ToOwned::to_owned))
        .collect();
    assert!(names.iter().any(|name| name == "box.outbox-wal"), "{names:?}");
    assert!(!names.iter().any(|name| name == "box.outbox"), "{names:?}");
    drop(database);
    assert_eq!(found(&log), 1, "and then the database");

    for lead in ["", "a", "ab"] {
        let signed = dir.path().join(format!("signed{lead}"));
        fs::create_dir(&signed).unwrap();
        fs::write(signed.join("event"), URL_SAFE_NO_PAD.encode(format!("{lead}{event}"))).unwrap();
        assert_eq!(found(&signed), 1, "signed only");
    }

    let nameless = dir.path().join("nameless");
    fs::create_dir(&nameless).unwrap();
    let mut file = tempfile::tempfile_in(&nameless).unwrap();
    std::io::Write::write_all(&mut file, event.as_bytes()).unwrap();
    assert_eq!(
        (fs::read_dir(&nameless).unwrap().count(), found(&nameless)),
        (0, 1),
        "a file without a name"
    );
}
