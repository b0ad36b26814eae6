//! Whatever happens in whatever order, against plain lists of numbers.

use proptest::prelude::*;

use super::*;

/// What happens to an outbox.
#[derive(Clone, Debug)]
enum Step {
    Append(u64),
    Acknowledge(prop::sample::Index),
    Park(prop::sample::Index),
    ForgetfulBroker,
    /// The program is killed: what SQLite has on disk is all there is.
    Crash,
    DiskFull(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_u64..8).prop_map(Step::Append),
        4 => any::<prop::sample::Index>().prop_map(Step::Acknowledge),
        1 => any::<prop::sample::Index>().prop_map(Step::Park),
        1 => Just(Step::ForgetfulBroker),
        2 => Just(Step::Crash),
        1 => any::<bool>().prop_map(Step::DiskFull),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Against three sets of numbers: whatever happens, each committed event is in exactly the place it should be,
    /// numbers are without holes, and none is used twice.
    #[test]
    fn like_a_list(steps in proptest::collection::vec(step(), 1..40)) {
        let desk = Desk::new();
        let mut writer = desk.open();
        writer.connect("a", false);
        let (mut pending, mut acknowledged, mut parked) = (Vec::new(), Vec::new(), Vec::new());
        let (mut next, mut waiting) = (1_u64, 0_u64);
        for step in steps {
            match step {
                Step::Append(count) => {
                    writer.submit(0..count);
                    waiting += count;
                    writer.commit();
                }
                Step::Acknowledge(which) if !pending.is_empty() => {
                    let seq: u64 = pending.remove(which.index(pending.len()));
                    acknowledged.push(seq);
                    writer.settle([seq], Verdict::Acknowledged);
                }
                Step::Park(which) if !pending.is_empty() => {
                    let seq = pending.remove(which.index(pending.len()));
                    parked.push(seq);
                    writer.settle([seq], Verdict::Parked(Refusal::NotAuthorized));
                }
                Step::ForgetfulBroker if writer.retry.is_none() => {
                    pending.append(&mut acknowledged);
                    writer.connect("a", false);
                }
                Step::Crash if writer.retry.is_none() => {
                    // A copy of the files while they are open is what a kill leaves behind.
                    let crashed = Desk { key: desk.key.clone(), opener: desk.opener.clone(), ..Desk::new() };
                    fs::create_dir(crashed.path().parent().unwrap()).unwrap();
                    for suffix in ["", "-wal"] {
                        let file = |desk: &Desk| crate::outbox::lock::beside(&desk.path(), suffix);
                        fs::copy(file(&desk), file(&crashed)).unwrap();
                    }
                    let reopened = crashed.open();
                    prop_assert_eq!(reopened.store.as_ref().unwrap().epoch(), writer.store.as_ref().unwrap().epoch());
                    let mut expected: Vec<u64> = pending.iter().chain(&parked).copied().collect();
                    expected.sort_unstable();
                    prop_assert_eq!(seqs(&reopened.pending()), expected);
                    prop_assert_eq!(reopened.counters.snapshot().acknowledged, acknowledged.len() as u64);
                }
                Step::DiskFull(full) => {
                    writer.store.as_ref().unwrap().set_full(full);
                    if !full {
                        // Time for another try.
                        writer.commit();
                    }
                }
                _ => {}
            }
            if writer.retry.is_none() {
                writer.commit_all();
                pending.extend(next..next + waiting);
                next += waiting;
                waiting = 0;
                pending.sort_unstable();
                prop_assert_eq!(seqs(&writer.pending()), pending.clone());
                let stats = writer.counters.snapshot();
                prop_assert_eq!(stats.committed, next - 1);
                let counts = (stats.pending, stats.acknowledged, stats.parked);
                prop_assert_eq!(counts, (pending.len() as u64, acknowledged.len() as u64, parked.len() as u64));
            }
        }
        writer.store.as_ref().unwrap().set_full(false);
        writer.commit();
        writer.commit_all();
        prop_assert_eq!(writer.counters.snapshot().committed, next + waiting - 1);
        prop_assert_eq!(writer.counters.snapshot().dropped, 0);
        let events = desk.read(&writer.pending());
        let numbered = events.iter().zip(writer.pending()).all(|(event, row)| event.seq == row.seq);
        prop_assert!(numbered, "a sealed number differs from its row's");
    }
}

/// What happens to an outbox that is too small.
#[derive(Clone, Debug)]
enum Need {
    Append(Kind, u64),
    Acknowledge(prop::sample::Index),
    Park(prop::sample::Index),
    Crash,
}

fn need() -> impl Strategy<Value = Need> {
    let kind = prop_oneof![
        5 => Just(Kind::ObjectUpdate),
        3 => Just(Kind::ObjectNew),
        1 => Just(Kind::DeviceStatus),
    ];
    prop_oneof![
        6 => (kind, 1_u64..12).prop_map(|(kind, count)| Need::Append(kind, count)),
        2 => any::<prop::sample::Index>().prop_map(Need::Acknowledge),
        1 => any::<prop::sample::Index>().prop_map(Need::Park),
        1 => Just(Need::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever retention gives up: every number is delivered, still waits, or is within what a gap announces; the gaps
    /// count exactly those that are missing; and nothing goes while something of less priority is kept.
    #[test]
    fn what_is_given_up_adds_up(needs in proptest::collection::vec(need(), 1..40)) {
        let desk = Desk {
            retention: Retention { bytes: 30_000, ..Retention::default() },
            ..Desk::new()
        };
        let mut writer = desk.open();
        let mut delivered = Vec::new();
        for need in needs {
            match need {
                Need::Append(kind, count) => {
                    let drafts = (0..count).map(|number| Draft { kind, ..draft(number) });
                    writer.inbox.submit(drafts, Instant::now());
                }
                Need::Acknowledge(which) => {
                    let mut rows = writer.pending();
                    if !rows.is_empty() {
                        let row = rows.swap_remove(which.index(rows.len()));
                        writer.settle([row.seq], Verdict::Acknowledged);
                        delivered.push(row);
                    }
                }
                Need::Park(which) => {
                    let rows = writer.pending();
                    if !rows.is_empty() {
                        writer.settle([rows[which.index(rows.len())].seq], Verdict::Parked(Refusal::NotAuthorized));
                    }
                }
                Need::Crash => {
                    drop(writer);
                    writer = desk.open();
                }
            }
            writer.commit_all();
            let totals = writer.store.as_ref().unwrap().totals();
            prop_assert!(totals.waiting_bytes <= 30_000 + 2000, "{:?}", totals);
        }
        writer.unpark();
        let waiting = desk.read(&writer.pending());
        let all: Vec<_> = desk.read(&delivered).into_iter().chain(waiting.iter().cloned()).collect();
        let gaps: Vec<_> = all.iter().filter_map(|event| event.gap.clone()).collect();
        let next = writer.store.as_ref().unwrap().next_seq();
        let missing: Vec<u64> = (1..next).filter(|seq| all.iter().all(|event| event.seq != *seq)).collect();
        for seq in &missing {
            prop_assert!(gaps.iter().any(|gap| (gap.from_seq..=gap.to_seq).contains(seq)), "nobody told of {seq}");
        }
        prop_assert_eq!(gaps.iter().map(|gap| gap.count).sum::<u64>(), missing.len() as u64);
        drop(writer);
        let status = crate::OutboxView::open(&desk.path()).unwrap().status().unwrap();
        prop_assert_eq!(status.dropped_by_retention, missing.len() as u64);
    }
}
