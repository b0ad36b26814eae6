//! The writer, step by step, with a disk that fills up and files that break.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use luchs_scene::{
    Event,
    event::{Gap, GapReason, Kind},
};
use luchs_seal::{DeviceKey, Opener, RecipientKey, Recipients, TrustedDevices};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::outbox::store::Row;

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
        kind: Kind::ObjectNew,
        camera: "gate".parse().unwrap(),
        time: Utc::from_unix_millis(0),
        stream_time_ns: Some(number),
        frame: None,
        object: None,
        gap: None,
        status: None,
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
        for seq in seqs {
            self.obey(Command::Settle {
                seq,
                verdict,
                generation: self.counters.generation.load(Relaxed),
            });
        }
        self.commit();
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
    assert_eq!(seqs(&writer.pending()), [7, 8, 9, 10], "it remembers");
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
    writer.settle([2], Verdict::Parked);
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
    writer.settle([1, 3], Verdict::Parked);
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
        .execute_batch("PRAGMA user_version = 2; PRAGMA application_id = 7")
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

#[test]
fn an_outbox_whose_beginning_is_damaged_is_set_aside() {
    let desk = Desk::new();
    let mut writer = desk.open();
    writer.submit(0..5);
    writer.commit_all();
    drop(writer);
    let mut bytes = fs::read(desk.path()).unwrap();
    bytes[..512].fill(0);
    fs::write(desk.path(), &bytes).unwrap();
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
                    writer.settle([seq], Verdict::Parked);
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
                        let file = |desk: &Desk| super::super::lock::beside(&desk.path(), suffix);
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
