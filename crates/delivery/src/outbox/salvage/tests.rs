//! Files with holes, and what is found around and in them.

use std::{fs, path::Path};

use super::*;
use crate::outbox::lock::beside;
use crate::outbox::{
    Verdict,
    store::{Entry, Store},
};
use luchs_scene::event::Priority;

const NOW: i64 = 1_795_443_939_120;

/// An outbox of `count` events of different sizes, some acknowledged; it stays open.
fn outbox(path: &Path, count: u64) -> Store {
    let (mut store, _) = Store::open(path, &"box".parse().unwrap()).unwrap();
    store
        .transact(|change| {
            for number in 1..=count {
                let payload = payload(number);
                let entry = Entry {
                    topic: "luchs/box/gate/events",
                    payload: payload.as_bytes(),
                    priority: Priority::ALL[number as usize % 3],
                    gap: (number % 10 == 0).then_some((number, 1)),
                };
                change.append(&entry, NOW)?;
            }
            (1..=count / 10).try_for_each(|seq| change.settle(seq, Verdict::Acknowledged, NOW).map(drop))
        })
        .unwrap();
    store
}

/// Every seventh does not fit on one page, and some not on two.
fn payload(number: u64) -> String {
    let size = if number.is_multiple_of(7) {
        3000 + number * 40
    } else {
        1500
    };
    format!(
        "{{\"sealed\":\"{}\"}}",
        format!("{number:06}").repeat(size as usize / 6)
    )
}

fn check(events: &[StoredEvent]) {
    for event in events {
        assert!(event.payload == payload(event.seq).as_bytes(), "{}", event.seq);
        assert_eq!((event.topic.as_str(), event.created), ("luchs/box/gate/events", NOW));
        assert_eq!(event.priority, Priority::ALL[event.seq as usize % 3]);
        assert_eq!(event.gap, (event.seq % 10 == 0).then_some((event.seq, 1)));
    }
}

fn seqs(salvage: &Salvage) -> Vec<u64> {
    salvage.events.iter().map(|event| event.seq).collect()
}

#[test]
fn a_sound_file_is_read_whole_also_while_it_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a file?#%.outbox");
    let store = outbox(&path, 200);
    let salvage = Salvage::read(&path, true);
    assert!(salvage.is_whole());
    assert_eq!(seqs(&salvage), (1..=200).collect::<Vec<_>>());
    check(&salvage.events);
    assert_eq!(seqs(&Salvage::read(&path, false)), (21..=200).collect::<Vec<_>>());
    drop(store);
    let before: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(Salvage::read(&path, true).events, salvage.events);
    let after: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(before, after, "nothing is left beside it");
}

#[test]
fn without_its_beginning_all_events_are_found_in_the_pages() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("box.outbox");
    drop(outbox(&path, 200));
    let mut bytes = fs::read(&path).unwrap();
    bytes[..4096].fill(0);
    fs::write(&path, bytes).unwrap();
    let salvage = Salvage::read(&path, true);
    assert!(salvage.from_pages);
    assert_eq!(seqs(&salvage), (1..=200).collect::<Vec<_>>());
    check(&salvage.events);
    assert_eq!(salvage.device, Some("box".parse().unwrap()), "as the topics tell");
    assert_eq!(seqs(&Salvage::read(&path, false)), (21..=200).collect::<Vec<_>>());
}

#[test]
fn also_those_that_are_in_the_log_only() {
    let dir = tempfile::tempdir().unwrap();
    let (path, crashed) = (dir.path().join("box.outbox"), dir.path().join("crashed"));
    let store = outbox(&path, 100);
    let log = beside(&path, "-wal");
    assert!(fs::metadata(&log).unwrap().len() > 100_000);
    fs::write(&crashed, [0; 4096]).unwrap();
    fs::copy(&log, beside(&crashed, "-wal")).unwrap();
    // The log holds the first page as well; without it, only its pages are left.
    let found = pages::read(&crashed);
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), (1..=100).collect::<Vec<_>>());
    check(&found.into_values().collect::<Vec<_>>());
    drop(store);
}

#[test]
fn of_many_holes_each_costs_only_what_was_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("box.outbox");
    drop(outbox(&path, 400));
    let sound = fs::read(&path).unwrap();
    let pages = sound.len() / 4096;
    let mut bytes = sound;
    // Every tenth page, but not the first.
    let gone = (10..pages)
        .step_by(10)
        .inspect(|page| bytes[page * 4096..(page + 1) * 4096].fill(0xA5))
        .count();
    fs::write(&path, bytes).unwrap();
    let salvage = Salvage::read(&path, true);
    check(&salvage.events);
    assert!(!salvage.is_whole());
    let lost = 400 - salvage.events.len();
    // A page holds two events at most, or a part of one; or it is a step on the way to others, which are found.
    assert!(lost > 0 && lost <= 2 * gone, "{lost} of {gone} pages");
}

#[test]
fn what_is_no_outbox_gives_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes");
    fs::write(&path, "my notes\n".repeat(10_000)).unwrap();
    assert!(Salvage::read(&path, true).events.is_empty());
    assert!(Salvage::read(&dir.path().join("missing"), true).events.is_empty());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 64, failure_persistence: None, ..Default::default()
    })]

    /// Whatever lies in the file: no panic, no endless loop, and nothing that was never there.
    #[test]
    fn any_damage_is_survived(
        holes in proptest::collection::vec((0_usize..60, 0_usize..4096, 1_usize..3000, 0_u8..=255), 1..12)
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("box.outbox");
        drop(outbox(&path, 40));
        let mut bytes = fs::read(&path).unwrap();
        for (page, offset, length, value) in holes {
            let from = (page * 4096 + offset).min(bytes.len());
            let to = (from + length).min(bytes.len());
            bytes[from..to].fill(value);
        }
        fs::write(&path, bytes).unwrap();
        let salvage = Salvage::read(&path, true);
        proptest::prop_assert!(salvage.events.len() <= 60, "{}", salvage.events.len());
        proptest::prop_assert!(salvage.events.is_sorted_by_key(|event| event.seq));
    }
}

#[test]
fn a_row_that_claims_to_be_huge_costs_no_memory_and_no_other_row() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("box.outbox");
    drop(outbox(&path, 20));
    let database = rusqlite::Connection::open(&path).unwrap();
    let grown = database.execute("UPDATE event SET payload = zeroblob(2000000) WHERE seq = 10", []);
    assert_eq!(grown.unwrap(), 1);
    drop(database);
    let salvage = Salvage::read(&path, true);
    assert_eq!(seqs(&salvage), (1..=20).filter(|seq| *seq != 10).collect::<Vec<_>>());
    check(&salvage.events);
    assert_eq!(salvage.damaged, [(10, 10)]);
    // Whoever sends finds it, too, and knows it for damage.
    let (store, _) = Store::open(&path, &"box".parse().unwrap()).unwrap();
    assert!(store.pending(0, &[], 100).unwrap_err().is_damage());
}
