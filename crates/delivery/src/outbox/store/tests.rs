//! Limits of age and number, on the database itself.

use std::time::Duration;

use luchs_scene::event::Priority;

use super::*;
use crate::settings::{Replay, Retention};

const DAY: i64 = 24 * 3600 * 1000;
/// Some day in 2026.
const NOW: i64 = 1_795_443_939_120;

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let (store, damage) = Store::open(&dir.path().join("a/b/box.outbox"), &"box".parse().unwrap()).unwrap();
    assert!(damage.is_none());
    (dir, store)
}

fn entry<'a>(topic: &'a str, payload: &'a [u8]) -> Entry<'a> {
    Entry {
        topic,
        payload,
        priority: Priority::Change,
        gap: None,
    }
}

fn append(store: &mut Store, created: &[i64]) {
    store
        .transact(|change| {
            created
                .iter()
                .try_for_each(|at| change.append(&entry("luchs/box/gate/events", b"sealed"), *at))
        })
        .unwrap();
}

fn left(store: &Store) -> Vec<u64> {
    store.pending(0, &[], 1000).unwrap().iter().map(|row| row.seq).collect()
}

#[test]
fn events_that_are_too_old_go_and_a_clock_that_was_never_set_proves_nothing() {
    let (_dir, mut store) = store();
    append(&mut store, &[0, 1000]);
    let retention = Retention {
        bytes: u64::MAX,
        age: Duration::from_hours(24),
    };
    assert_eq!(
        store.transact(|change| change.retain(&retention, NOW)).unwrap(),
        None,
        "of 1970"
    );
    store
        .transact(|change| change.settle(1, Verdict::Acknowledged, NOW))
        .unwrap();
    store
        .transact(|change| change.settle(2, Verdict::Acknowledged, NOW))
        .unwrap();
    append(&mut store, &[NOW - 3 * DAY, NOW - 2 * DAY, NOW - DAY / 2, NOW]);
    let dropped = store
        .transact(|change| change.retain(&retention, NOW))
        .unwrap()
        .unwrap();
    assert_eq!((dropped.count, dropped.from, dropped.to), (2, 3, 4));
    assert_eq!(left(&store), [5, 6]);
}

#[test]
fn without_room_the_least_important_go_first_whoever_is_older() {
    let (_dir, mut store) = store();
    let priorities = [Priority::Alarm, Priority::Change, Priority::Periodic];
    for priority in priorities.into_iter().cycle().take(30) {
        let entry = Entry {
            priority,
            ..entry("luchs/box/gate/events", &[b'x'; 100])
        };
        store.transact(|change| change.append(&entry, NOW)).unwrap();
    }
    let mut retain = |bytes| {
        let retention = Retention {
            bytes,
            age: Duration::from_hours(24),
        };
        let dropped = store.transact(|change| change.retain(&retention, NOW)).unwrap();
        let numbers = dropped.map(|dropped| (dropped.rows, dropped.count, dropped.from, dropped.to));
        (numbers, left(&store))
    };
    assert_eq!(retain(3000), (None, (1..=30).collect()));
    // To 19 of 20 parts: 2 must go, 5 % are 1.45 more.
    let kept = |gone: &[u64]| (1..=30).filter(|seq| !gone.contains(seq)).collect::<Vec<_>>();
    assert_eq!(retain(2900), (Some((3, 3, 3, 9)), kept(&[3, 6, 9])));
    let periodic: Vec<u64> = (3..=30).step_by(3).collect();
    assert_eq!(
        retain(2000).1,
        kept(&[&periodic[..], &[2]].concat()),
        "all that are periodic, and the oldest change"
    );
    assert_eq!(
        retain(1000).1,
        (1..=28).step_by(3).take(10).skip(1).collect::<Vec<_>>(),
        "alarms, the newest"
    );
}

#[test]
fn a_gap_that_waits_is_announced_with_the_next_one() {
    let (_dir, mut store) = store();
    append(&mut store, &[NOW; 5]);
    let gap = Entry {
        priority: Priority::Alarm,
        gap: Some((40, 7)),
        ..entry("luchs/box/gate/events", b"gap")
    };
    store
        .transact(|change| {
            change.skip(95);
            change.append(&gap, NOW)
        })
        .unwrap();
    append(&mut store, &[NOW; 5]);
    let retention = Retention {
        bytes: 60,
        age: Duration::from_hours(24),
    };
    let dropped = store
        .transact(|change| change.retain(&retention, NOW))
        .unwrap()
        .unwrap();
    // One event, the gap itself, and the 40 that it told of.
    assert_eq!((dropped.rows, dropped.count, dropped.from, dropped.to), (2, 42, 1, 101));
    assert_eq!(left(&store), [2, 3, 4, 5, 102, 103, 104, 105, 106]);
}

#[test]
fn acknowledged_events_are_forgotten_by_age_and_by_number() {
    let (_dir, mut store) = store();
    append(&mut store, &[NOW; 20]);
    for seq in 1..=10 {
        store
            .transact(|change| change.settle(seq, Verdict::Acknowledged, NOW - DAY))
            .unwrap();
    }
    for seq in 11..=18 {
        store
            .transact(|change| change.settle(seq, Verdict::Acknowledged, NOW))
            .unwrap();
    }
    let replay = Replay {
        age: Duration::from_mins(10),
        count: 100,
        bytes: u64::MAX,
    };
    store.transact(|change| change.forget(&replay, NOW)).unwrap();
    assert_eq!(store.totals().acknowledged, 8);
    store
        .transact(|change| change.forget(&Replay { count: 3, ..replay }, NOW))
        .unwrap();
    assert_eq!(store.totals().acknowledged, 3);
    store
        .transact(|change| change.forget(&Replay { bytes: 7, ..replay }, NOW))
        .unwrap();
    assert_eq!((store.totals().acknowledged, store.totals().acknowledged_bytes), (1, 6));
    assert_eq!(left(&store), [19, 20]);
}

#[test]
fn a_failed_transaction_leaves_no_trace() {
    let (_dir, mut store) = store();
    append(&mut store, &[NOW; 3]);
    let before = store.totals();
    let failed = store.transact(|change| {
        change.append(&entry("t", b"x"), NOW)?;
        change.settle(1, Verdict::Acknowledged, NOW)?;
        Err::<(), _>(rusqlite::Error::QueryReturnedNoRows)
    });
    assert!(failed.is_err());
    assert_eq!((store.totals(), left(&store)), (before, vec![1, 2, 3]));
    append(&mut store, &[NOW]);
    assert_eq!(left(&store), [1, 2, 3, 4]);
}

#[test]
fn events_on_other_topics_are_found_past_those_that_nobody_wants() {
    let (_dir, mut store) = store();
    for topic in ["a", "b", "a", "c"] {
        store
            .transact(|change| change.append(&entry(topic, b"x"), NOW))
            .unwrap();
    }
    let found = store.pending(0, &["a".into(), "\"'".into()], 10).unwrap();
    assert_eq!(found.iter().map(|row| row.seq).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(store.oldest_on("a").unwrap().unwrap().seq, 1);
    assert_eq!(store.oldest_on("z").unwrap(), None);
}

#[test]
fn a_broker_that_still_has_our_session_gets_what_it_took_in_the_last_seconds_again() {
    let (_dir, mut store) = store();
    append(&mut store, &[NOW; 6]);
    let session = |store: &mut Store, present| store.transact(|change| change.session("a", present, true)).unwrap();
    assert_eq!(session(&mut store, false), 0);
    for (seq, ago) in [(1, 60_000), (2, 10_001), (3, 10_000), (4, 5_000), (5, 0)] {
        store
            .transact(|change| change.settle(seq, Verdict::Acknowledged, NOW - ago))
            .unwrap();
    }
    // However long it was away: it is the time before its death that counts.
    assert_eq!((session(&mut store, true), left(&store)), (3, vec![3, 4, 5, 6]));
    assert_eq!((session(&mut store, false), left(&store)), (2, vec![1, 2, 3, 4, 5, 6]));
}
