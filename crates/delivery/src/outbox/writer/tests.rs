//! The writer, step by step, with a disk that fills up and files that break.

use std::fs;

use luchs_scene::{
    Event, Utc,
    event::{Gap, GapReason, Kind},
};
use luchs_seal::{DeviceKey, Opener, RecipientKey, Recipients, TrustedDevices};
use tempfile::TempDir;

use super::*;
use crate::outbox::{Refusal, store::Row};

mod files;
mod model;

/// A device's keys and folder, and a reader of what is in its outbox.
struct Desk {
    dir: TempDir,
    key: DeviceKey,
    opener: Opener,
    retention: Retention,
    memory: usize,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = DeviceKey::generate("box".parse().unwrap()).unwrap();
        let recipient = RecipientKey::generate().unwrap();
        fs::create_dir(dir.path().join("recipients")).unwrap();
        recipient.public().save(&dir.path().join("recipients/r.jwk")).unwrap();
        let trusted: TrustedDevices = [key.public().clone()].into_iter().collect();
        let opener = Opener::new(recipient, trusted);
        Self {
            dir,
            key,
            opener,
            retention: Retention::default(),
            memory: 1000,
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("state/box.outbox")
    }

    fn try_open(&self) -> Result<Writer, OutboxError> {
        let recipients = Recipients::load_dir(&self.dir.path().join("recipients")).unwrap();
        let settings = WriterSettings {
            path: self.path(),
            prefix: "luchs".into(),
            boot: Uuid::nil(),
            retention: self.retention,
            replay: Replay::default(),
        };
        let sealer = Sealer::new(self.key.clone(), recipients);
        let inbox = Arc::new(Inbox::new(self.memory));
        let news = Arc::new(Notify::new());
        Writer::open(settings, sealer, inbox, Arc::default(), Arc::default(), news)
    }

    fn open(&self) -> Writer {
        self.try_open().unwrap()
    }

    /// Opens sealed rows as a recipient does.
    fn read(&self, rows: &[Row]) -> Vec<Event> {
        rows.iter()
            .map(|row| self.opener.open(&row.payload, &row.topic).unwrap())
            .collect()
    }
}

fn draft(number: u64) -> Draft {
    Draft {
        stream_time_ns: Some(number),
        ..Draft::new(Kind::ObjectNew, "gate".parse().unwrap(), Utc::from_unix_millis(0))
    }
}

impl Writer {
    fn submit(&self, numbers: impl IntoIterator<Item = u64>) {
        for number in numbers {
            let dropped = self.inbox.submit([draft(number)], Instant::now());
            self.counters.dropped.fetch_add(dropped, Relaxed);
        }
    }

    fn commit_all(&mut self) {
        while self.has_work() {
            self.commit();
            assert!(self.retry.is_none(), "{:?}", self.counters.snapshot().last_error);
        }
    }

    fn pending(&self) -> Vec<Row> {
        self.store
            .as_ref()
            .unwrap()
            .pending(0, &[], usize::from(u16::MAX))
            .unwrap()
    }

    fn settle(&mut self, seqs: impl IntoIterator<Item = u64>, verdict: Verdict) {
        self.learn(seqs, verdict);
        self.commit();
    }

    /// What the broker said, not written yet.
    fn learn(&mut self, seqs: impl IntoIterator<Item = u64>, verdict: Verdict) {
        for seq in seqs {
            self.obey(Command::Settle {
                seq,
                verdict,
                generation: self.counters.generation.load(Relaxed),
            });
        }
    }

    /// Whether an event of the camera waits for the broker, as a claim asks.
    fn is_waiting(&mut self) -> bool {
        let (reply, answer) = std::sync::mpsc::channel();
        let topic = self
            .pending()
            .first()
            .map_or_else(|| "luchs/box/gate/events".to_owned(), |row| row.topic.clone());
        self.obey(Command::Waiting { topic, reply });
        answer.recv().unwrap()
    }

    fn connect(&mut self, broker: &str, present: bool) {
        let (reply, _answer) = tokio::sync::oneshot::channel();
        self.obey(Command::Session {
            broker: broker.into(),
            present,
            reply,
        });
    }
}

fn seqs(rows: &[Row]) -> Vec<u64> {
    rows.iter().map(|row| row.seq).collect()
}

#[test]
fn what_is_committed_can_be_read_by_recipients_and_by_nobody_else() {
    let desk = Desk::new();
    let mut writer = desk.open();
    writer.submit(0..3);
    writer.commit_all();
    let events = desk.read(&writer.pending());
    let facts: Vec<_> = events
        .iter()
        .map(|event| (event.seq, event.stream_time_ns, event.epoch))
        .collect();
    let epoch = writer.store.as_ref().unwrap().epoch();
    assert_eq!(facts, [(1, Some(0), epoch), (2, Some(1), epoch), (3, Some(2), epoch)]);
    for entry in fs::read_dir(desk.path().parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        assert!(
            !bytes.windows(10).any(|part| part == b"object.new"),
            "plain text in {}",
            path.display()
        );
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "others may read {}", path.display());
    }
}

#[test]
fn a_full_disk_keeps_what_fits_in_memory_counts_the_rest_and_says_so_to_subscribers() {
    let desk = Desk {
        memory: 100,
        ..Desk::new()
    };
    let mut writer = desk.open();
    writer.submit(0..20);
    writer.commit_all();
    writer.store.as_ref().unwrap().set_full(true);
    // 20 more are taken in hand, and fail.
    writer.submit(20..40);
    while writer.retry.is_none() {
        writer.submit([40]);
        writer.commit();
    }
    let stats = writer.counters.snapshot();
    let (committed, held) = (stats.committed, writer.hand.1.len() as u64);
    assert!(stats.last_error.unwrap().contains("the disk is full"));
    assert!(
        writer
            .board
            .recent()
            .iter()
            .any(|notice| notice.text.contains("the disk is full"))
    );

    // Many more than memory takes: the oldest that are not in hand go, without making anyone wait.
    let begun = Instant::now();
    writer.submit(1000..1400);
    assert!(begun.elapsed() < Duration::from_millis(400), "a stream was held up");
    assert_eq!((writer.inbox.waiting(), writer.counters.snapshot().dropped), (100, 300));

    writer.store.as_ref().unwrap().set_full(false);
    writer.commit();
    writer.commit_all();
    assert_eq!(writer.counters.snapshot().last_error, None);
    let events = desk.read(&writer.pending());
    let gap = events
        .iter()
        .find_map(|event| event.gap.as_ref().map(|gap| (event.seq, gap.clone())));
    let from = committed + held + 1;
    let expected = Gap {
        count: 300,
        from_seq: from,
        to_seq: from + 299,
        reason: GapReason::StorageFailed,
    };
    assert_eq!(gap, Some((from + 300, expected)));
    // Every number is either an event or in the gap.
    let numbers: Vec<_> = events.iter().map(|event| event.seq).collect();
    let all: Vec<_> = (1..from).chain(from + 300..=from + 400).collect();
    assert_eq!(numbers, all);
    let kept: Vec<_> = events
        .iter()
        .rev()
        .take(100)
        .rev()
        .filter_map(|event| event.stream_time_ns)
        .collect();
    assert_eq!(kept, (1300..1400).collect::<Vec<_>>());
}

#[test]
fn retention_drops_the_oldest_counted_and_announced() {
    let desk = Desk {
        retention: Retention {
            bytes: 40_000,
            ..Retention::default()
        },
        ..Desk::new()
    };
    let mut writer = desk.open();
    for number in 0..100 {
        writer.submit([number]);
        writer.commit_all();
    }
    let totals = writer.store.as_ref().unwrap().totals();
    assert!(
        totals.waiting_bytes <= 40_000 + 3000 && totals.waiting_bytes > 30_000,
        "{totals:?}"
    );
    let events = desk.read(&writer.pending());
    let gaps: Vec<_> = events.iter().filter_map(|event| event.gap.clone()).collect();
    let [gap] = gaps.as_slice() else {
        panic!("one gap tells all: {gaps:?}")
    };
    assert_eq!((gap.reason, gap.from_seq), (GapReason::Retention, 1));
    // Every number is either still here or counted.
    let next = writer.store.as_ref().unwrap().next_seq();
    assert_eq!(gap.count + events.len() as u64, next - 1);
    assert_eq!(writer.counters.snapshot().dropped, gap.count);
    let kept: Vec<_> = events.iter().filter_map(|event| event.stream_time_ns).collect();
    assert_eq!(kept, (100 - kept.len() as u64..100).collect::<Vec<_>>(), "the newest");
    drop(writer);
    let status = crate::OutboxView::open(&desk.path()).unwrap().status().unwrap();
    assert_eq!(status.dropped_by_retention, gap.count);
    assert_eq!(status.retention_bytes, Some(40_000));
}

#[test]
fn a_file_that_becomes_read_only_is_written_again_when_it_can_be() {
    let desk = Desk::new();
    let mut writer = desk.open();
    writer.submit(0..3);
    writer.commit_all();
    writer.store.as_ref().unwrap().set_read_only(true);
    writer.submit(3..6);
    writer.commit();
    let said = writer.counters.snapshot().last_error.unwrap();
    assert!(
        said.contains("read-only") && said.contains("3 events are held in memory") && said.contains("box.outbox"),
        "{said}"
    );
    assert_eq!(seqs(&writer.pending()), [1, 2, 3], "and can be sent meanwhile");
    writer.store.as_ref().unwrap().set_read_only(false);
    writer.commit();
    assert_eq!(writer.counters.snapshot().last_error, None);
    assert_eq!(seqs(&writer.pending()), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_broker_that_lost_its_memory_gets_what_it_had_acknowledged_again() {
    let desk = Desk::new();
    let mut writer = desk.open();
    writer.connect("a", false);
    writer.submit(0..10);
    writer.commit_all();
    writer.settle(1..=6, Verdict::Acknowledged);
    assert_eq!(seqs(&writer.pending()), [7, 8, 9, 10]);
    writer.connect("a", true);
    let all: Vec<u64> = (1..=10).collect();
    assert_eq!(
        seqs(&writer.pending()),
        all,
        "it may not have saved what it took just now"
    );
    writer.settle(1..=6, Verdict::Acknowledged);
    // Also by a later run of the program.
    drop(writer);
    let mut writer = desk.open();
    writer.connect("a", false);
    assert_eq!(seqs(&writer.pending()), (1..=10).collect::<Vec<_>>());
    assert_eq!(
        (
            writer.counters.snapshot().acknowledged,
            writer.counters.snapshot().replayed
        ),
        (0, 6)
    );
    writer.settle(1..=10, Verdict::Acknowledged);
    writer.connect("b", false);
    assert_eq!(seqs(&writer.pending()), [] as [u64; 0], "another broker never had it");
}

#[test]
fn an_acknowledgement_that_is_not_written_yet_is_not_sent_again() {
    let desk = Desk::new();
    let mut writer = desk.open();
    writer.submit(0..3);
    writer.commit_all();
    writer.obey(Command::Settle {
        seq: 2,
        verdict: Verdict::Acknowledged,
        generation: 0,
    });
    let (reply, mut answer) = tokio::sync::oneshot::channel();
    writer.obey(Command::Fetch {
        after: 0,
        except: vec![],
        limit: 2,
        reply,
    });
    assert_eq!(seqs(&answer.try_recv().unwrap()), [1, 3]);
}

#[test]
fn what_was_refused_for_good_is_tried_again_by_the_next_run() {
    let desk = Desk::new();
    let mut writer = desk.open();
    writer.submit(0..3);
    writer.commit_all();
    writer.settle([2], Verdict::Parked(Refusal::NotAuthorized));
    assert_eq!(
        (seqs(&writer.pending()), writer.counters.snapshot().parked),
        (vec![1, 3], 1)
    );
    drop(writer);
    let writer = desk.open();
    assert_eq!(
        (seqs(&writer.pending()), writer.counters.snapshot().parked),
        (vec![1, 2, 3], 0)
    );
}

#[test]
fn a_person_can_have_refused_events_tried_again_while_the_publisher_runs() {
    let desk = Desk::new();
    let mut writer = desk.open();
    writer.submit(0..3);
    writer.commit_all();
    writer.settle([1, 3], Verdict::Parked(Refusal::NotAuthorized));
    let generation = writer.counters.generation.load(Relaxed);
    let path = desk.path();
    let person = std::thread::spawn(move || crate::release(&path));
    let deadline = Instant::now() + Duration::from_secs(9);
    while !person.is_finished() && Instant::now() < deadline {
        writer.last_look = Instant::now().checked_sub(LOOK).unwrap();
        writer.look();
        std::thread::yield_now();
    }
    assert_eq!(person.join().unwrap().unwrap(), 2);
    assert_eq!(seqs(&writer.pending()), [1, 2, 3]);
    assert_ne!(
        writer.counters.generation.load(Relaxed),
        generation,
        "the courier is told"
    );
}

#[test]
fn damage_while_running_loses_nothing_that_was_not_written() {
    let desk = Desk::new();
    let mut writer = desk.open();
    writer.submit(0..5);
    writer.commit_all();
    writer.submit(5..8);
    writer.hand = writer.inbox.take(GROUP);
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    let source = rusqlite::Error::SqliteFailure(code, None);
    writer.failed(&OutboxError::Sqlite {
        path: desk.path(),
        operation: "written",
        source,
    });
    // An acknowledgement of the old file comes too late.
    writer.obey(Command::Settle {
        seq: 1,
        verdict: Verdict::Acknowledged,
        generation: 0,
    });
    writer.commit_all();
    let numbers: Vec<_> = desk
        .read(&writer.pending())
        .iter()
        .map(|event| event.stream_time_ns.unwrap())
        .collect();
    assert_eq!(numbers, (0..8).collect::<Vec<_>>());
}

#[test]
fn who_is_added_or_removed_counts_from_the_next_event_on() {
    let desk = Desk::new();
    let mut writer = desk.open();
    let file = desk.dir.path().join("recipients/new.jwk");
    let added = RecipientKey::generate().unwrap();
    let commit = |writer: &mut Writer, number| {
        writer.submit([number]);
        writer.commit_all();
    };
    commit(&mut writer, 1);
    added.public().save(&file).unwrap();
    commit(&mut writer, 2);
    fs::remove_file(file).unwrap();
    commit(&mut writer, 3);
    let opener = Opener::new(added, [desk.key.public().clone()].into_iter().collect());
    let rows = writer.pending();
    let opened = rows.iter().map(|row| opener.open(&row.payload, &row.topic).is_ok());
    assert_eq!(opened.collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn recipients_are_changed_while_running_and_a_broken_key_changes_nothing() {
    let desk = Desk::new();
    let mut writer = desk.open();
    let recipients = desk.dir.path().join("recipients");
    let look = |writer: &mut Writer| {
        writer.last_look = Instant::now().checked_sub(LOOK).unwrap();
        writer.look();
    };
    fs::write(recipients.join("broken.jwk"), "{").unwrap();
    look(&mut writer);
    let said = writer.board.recent().pop().unwrap();
    assert!(
        said.text.contains("broken.jwk") && said.text.contains("previous recipients"),
        "{said}"
    );
    writer.submit([1]);
    writer.commit_all();
    assert_eq!(desk.read(&writer.pending()).len(), 1);

    fs::remove_file(recipients.join("broken.jwk")).unwrap();
    let added = RecipientKey::generate().unwrap();
    added.public().save(&recipients.join("new.jwk")).unwrap();
    look(&mut writer);
    writer.submit([2]);
    writer.commit_all();
    let rows = writer.pending();
    let opener = Opener::new(added, [desk.key.public().clone()].into_iter().collect());
    let opened: Vec<_> = rows
        .iter()
        .map(|row| opener.open(&row.payload, &row.topic).is_ok())
        .collect();
    assert_eq!(opened, [false, true], "new events only");
    assert_eq!(desk.read(&rows).len(), 2, "and still for the other one");
}

#[test]
fn whoever_waits_for_the_broker_finds_its_answers_counted_and_on_disk() {
    let desk = Desk::new();
    let mut writer = desk.open();
    writer.submit(0..3);
    writer.commit_all();
    writer.learn(1..=2, Verdict::Acknowledged);
    assert!(writer.is_waiting());
    writer.learn([3], Verdict::Acknowledged);
    assert!(!writer.is_waiting());
    assert_eq!(writer.counters.snapshot().acknowledged, 3);
    // Also if the power fails now.
    assert_eq!(seqs(&writer.pending()), [] as [u64; 0]);
}
