//! Limits of age and number, on the database itself.

use std::time::Duration;

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

fn append(store: &mut Store, created: &[i64]) {
    store
        .transact(|change| {
            created
                .iter()
                .try_for_each(|at| change.append("luchs/box/gate/events", b"sealed", *at))
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
        change.append("t", b"x", NOW)?;
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
        store.transact(|change| change.append(topic, b"x", NOW)).unwrap();
    }
    let found = store.pending(0, &["a".into(), "\"'".into()], 10).unwrap();
    assert_eq!(found.iter().map(|row| row.seq).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(store.oldest_on("a").unwrap().unwrap().seq, 1);
    assert_eq!(store.oldest_on("z").unwrap(), None);
}
