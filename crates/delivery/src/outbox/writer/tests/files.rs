//! Files that are not ours, of another version, in use, or damaged.

use std::{
    fs::Permissions,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use super::*;

#[test]
fn what_is_no_outbox_of_ours_is_refused_and_left_alone() {
    let desk = Desk::new();
    drop(desk.open());
    let connection = rusqlite::Connection::open(desk.path()).unwrap();
    connection.execute_batch("PRAGMA user_version = 99").unwrap();
    assert!(matches!(
        desk.try_open().err(),
        Some(OutboxError::Newer { version: 99, .. })
    ));
    connection
        .execute_batch(&format!(
            "PRAGMA user_version = {}; PRAGMA application_id = 7",
            crate::outbox::store::FORMAT
        ))
        .unwrap();
    assert!(matches!(
        desk.try_open().err(),
        Some(OutboxError::Foreign { id: 7, .. })
    ));
    connection
        .execute_batch(&format!("PRAGMA application_id = {}", 0x4C55_584F))
        .unwrap();
    let other = Desk {
        key: DeviceKey::generate("shed".parse().unwrap()).unwrap(),
        ..Desk::new()
    };
    fs::create_dir(other.path().parent().unwrap()).unwrap();
    drop(connection);
    fs::copy(desk.path(), other.path()).unwrap();
    let error = other.try_open().err().unwrap().to_string();
    assert!(
        error.contains("belongs to device box") && error.contains("shed"),
        "{error}"
    );
}

#[test]
fn an_outbox_in_use_is_refused() {
    let desk = Desk::new();
    let writer = desk.open();
    let error = desk.try_open().err().unwrap().to_string();
    assert!(
        error.contains("in use by another process") && error.contains("box.outbox"),
        "{error}"
    );
    drop(writer);
    desk.open();
}

/// The databases that were set aside, without the files that SQLite puts beside them.
fn set_aside(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let damaged = |path: &PathBuf| path.to_str().unwrap().contains(".damaged-");
    entries
        .filter(damaged)
        .filter(|path| !path.to_str().unwrap().contains("Z-"))
        .collect()
}

/// With five events, of whose file the first bytes are gone; and what is left of it.
fn with_damaged_beginning() -> (Desk, Vec<u8>) {
    let desk = Desk::new();
    let mut writer = desk.open();
    writer.submit(0..5);
    writer.commit_all();
    drop(writer);
    let mut bytes = fs::read(desk.path()).unwrap();
    bytes[..512].fill(0);
    fs::write(desk.path(), &bytes).unwrap();
    (desk, bytes)
}

#[test]
fn an_outbox_whose_beginning_is_damaged_is_set_aside() {
    let (desk, bytes) = with_damaged_beginning();
    let mut writer = desk.open();
    let aside = set_aside(&desk.path());
    assert_eq!(fs::read(&aside[0]).unwrap(), bytes);
    let notices = writer.board.recent();
    let said = &notices[0].text;
    assert!(
        said.contains(aside[0].to_str().unwrap()) && said.contains(desk.path().to_str().unwrap()),
        "{said}"
    );
    writer.submit([5]);
    writer.commit_all();
    assert_eq!(seqs(&writer.pending()), [1, 2, 3, 4, 5, 6], "its events go on");
    assert_eq!(desk.read(&writer.pending()).len(), 6);
}

/// Refused with all of `expected` in the reason; the file is as it was, and nothing lies beside it.
fn leaves_alone(desk: &Desk, expected: &[&str]) {
    let before = (fs::read(desk.path()).unwrap(), fs::metadata(desk.path()).unwrap());
    let error = desk.try_open().err().unwrap().to_string();
    for words in [&[desk.path().to_str().unwrap()], expected].concat() {
        assert!(error.contains(words), "nothing about “{words}” in: {error}");
    }
    let after = fs::metadata(desk.path()).unwrap();
    assert_eq!(fs::read(desk.path()).unwrap(), before.0);
    assert_eq!(
        (after.mode(), after.ino(), after.modified().unwrap()),
        (before.1.mode(), before.1.ino(), before.1.modified().unwrap())
    );
    let folder = fs::read_dir(desk.path().parent().unwrap()).unwrap();
    let left: Vec<_> = folder.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["box.outbox"]);
}

fn make(path: &Path, content: &[u8], mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn files_of_others_are_refused_and_left_as_they_are() {
    let notes = "my notes, which are not to be lost\n".repeat(100);
    for mode in [0o600, 0o400] {
        let desk = Desk::new();
        make(&desk.path(), notes.as_bytes(), mode);
        leaves_alone(&desk, &["no outbox"]);
    }
    let desk = Desk::new();
    make(&desk.path(), notes.as_bytes(), 0o644);
    leaves_alone(&desk, &["chmod 600"]);

    let desk = Desk::new();
    make(&desk.path(), b"", 0o600);
    let database = rusqlite::Connection::open(desk.path()).unwrap();
    database
        .execute_batch("CREATE TABLE mine (x); INSERT INTO mine VALUES (1);")
        .unwrap();
    drop(database);
    leaves_alone(&desk, &["another program"]);
}

#[test]
fn an_outbox_behind_a_link_is_refused() {
    let desk = Desk::new();
    let target = desk.dir.path().join("target");
    make(&target, b"", 0o600);
    fs::create_dir_all(desk.path().parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&target, desk.path()).unwrap();
    let error = desk.try_open().err().unwrap().to_string();
    assert!(error.contains("symbolic link"), "{error}");
    assert!(fs::read(&target).unwrap().is_empty());
}

#[test]
fn of_a_damaged_file_the_readable_events_are_taken_over_under_a_new_epoch() {
    let desk = Desk::new();
    let mut writer = desk.open();
    writer.submit(0..400);
    writer.commit_all();
    writer.settle(1..=10, Verdict::Acknowledged);
    let epoch = writer.store.as_ref().unwrap().epoch();
    drop(writer);
    // A stretch in the middle is overwritten.
    let mut bytes = fs::read(desk.path()).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 8 * 4096].fill(0xA5);
    fs::write(desk.path(), bytes).unwrap();

    let mut writer = desk.open();
    let rows = writer.pending();
    let salvaged = seqs(&rows);
    assert!(salvaged.len() > 100 && salvaged.len() < 390, "{}", salvaged.len());
    assert!(salvaged.contains(&11) && salvaged.contains(&400), "both ends");
    assert!(!salvaged.contains(&10), "what was acknowledged is not sent again");
    assert_eq!(set_aside(&desk.path()).len(), 1);
    assert_ne!(writer.store.as_ref().unwrap().epoch(), epoch);
    writer.submit([7]);
    writer.commit_all();
    let last = writer.pending().pop().unwrap();
    assert_eq!(last.seq, 401);
    assert_eq!(desk.read(&[last])[0].epoch, writer.store.as_ref().unwrap().epoch());
    // Those that were taken over open as what they are: events of the old epoch.
    assert!(desk.read(&rows[..5]).iter().all(|event| event.epoch == epoch));
}

#[test]
fn damage_that_cannot_be_mended_yet_changes_nothing_and_is_mended_later() {
    let (desk, bytes) = with_damaged_beginning();
    // There is no room for another file: its place is taken.
    let fresh = crate::outbox::lock::beside(&desk.path(), ".new");
    fs::create_dir(&fresh).unwrap();
    assert!(desk.try_open().is_err());
    assert_eq!(fs::read(desk.path()).unwrap(), bytes);
    assert_eq!(set_aside(&desk.path()), [] as [PathBuf; 0]);
    fs::remove_dir(&fresh).unwrap();
    // What an earlier try has left is no obstacle.
    fs::write(&fresh, "half a file").unwrap();
    let writer = desk.open();
    assert_eq!(seqs(&writer.pending()), [1, 2, 3, 4, 5]);
    assert_eq!(set_aside(&desk.path()).len(), 1);
    assert!(!fresh.exists());
}

#[test]
fn a_crash_in_the_middle_of_the_exchange_loses_nothing() {
    let desk = Desk::new();
    let mut writer = desk.open();
    writer.submit(0..5);
    writer.commit_all();
    let epoch = writer.store.as_ref().unwrap().epoch();
    drop(writer);
    // The damaged file is set aside, its log not yet; the new one is complete.
    let beside = |suffix: &str| crate::outbox::lock::beside(&desk.path(), suffix);
    fs::rename(desk.path(), beside(".new")).unwrap();
    fs::write(beside("-wal"), "the log of another file").unwrap();
    let mut writer = desk.open();
    assert_eq!(seqs(&writer.pending()), [1, 2, 3, 4, 5]);
    assert_eq!(writer.store.as_ref().unwrap().epoch(), epoch);
    writer.submit([6]);
    writer.commit_all();
    let folder = fs::read_dir(desk.path().parent().unwrap()).unwrap();
    let kept = folder.filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        fs::read(path).is_ok_and(|content| content == b"the log of another file")
    });
    assert_eq!(kept.count(), 1, "never deleted");
}

#[test]
fn an_outbox_that_is_removed_or_exchanged_while_in_use_is_made_again() {
    let desk = Desk::new();
    let mut writer = desk.open();
    let look = |writer: &mut Writer| {
        writer.last_look = Instant::now().checked_sub(LOOK).unwrap();
        writer.look();
    };
    writer.submit(0..5);
    writer.commit_all();
    writer.settle([1], Verdict::Acknowledged);
    look(&mut writer);
    assert_eq!(writer.board.recent(), [], "nothing is wrong");
    fs::remove_dir_all(desk.path().parent().unwrap()).unwrap();
    look(&mut writer);
    let said = writer.board.recent().pop().unwrap().text;
    assert!(
        said.contains("was removed or exchanged") && said.contains("4 undelivered"),
        "{said}"
    );

    // Another file in its place is kept.
    fs::rename(desk.path(), crate::outbox::lock::beside(&desk.path(), ".moved")).unwrap();
    fs::write(desk.path(), "something else").unwrap();
    look(&mut writer);
    assert_eq!(fs::read(&set_aside(&desk.path())[0]).unwrap(), b"something else");
    writer.submit(5..7);
    writer.commit_all();
    assert!(
        matches!(desk.try_open().err(), Some(OutboxError::InUse { .. })),
        "the lock holds"
    );
    drop(writer);
    let writer = desk.open();
    assert_eq!(seqs(&writer.pending()), [2, 3, 4, 5, 6, 7]);
    let numbers: Vec<_> = desk
        .read(&writer.pending())
        .iter()
        .filter_map(|event| event.stream_time_ns)
        .collect();
    assert_eq!(numbers, (1..7).collect::<Vec<_>>());
}
