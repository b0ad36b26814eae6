//! A watchdog can tell a delivery that works from one that is stuck; and what it knows of itself can be read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use common::{certify, settings};
use luchs_delivery::{Delivery, OpenError, Signs, Topic};
use luchs_scene::{
    Name,
    event::{Condition, Status},
};
use luchs_seal::RecipientKey;

/// How long a sign of life may stand still.
const STILL: Duration = Duration::from_secs(3);

/// Which of the two advance within the time in which they have to.
fn advancing(delivery: &Delivery) -> (bool, bool) {
    let before = delivery.signs();
    let over = |now: Signs| (now.writer > before.writer, now.courier > before.courier);
    let deadline = Instant::now() + STILL;
    while Instant::now() < deadline && over(delivery.signs()) != (true, true) {
        thread::sleep(Duration::from_millis(20));
    }
    over(delivery.signs())
}

/// Holds up whoever comes through, until it is opened.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
    held: AtomicBool,
}

impl Gate {
    fn pass(&self) {
        self.held.store(true, Relaxed);
        drop(
            self.opened
                .wait_while(self.open.lock().unwrap(), |open| !*open)
                .unwrap(),
        );
    }

    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    fn await_someone(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.held.load(Relaxed) {
            assert!(Instant::now() < deadline, "nobody came");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn signs_advance_while_nothing_happens_and_there_is_no_broker() {
    let dir = tempfile::tempdir().unwrap();
    let delivery = Delivery::open(settings(dir.path(), dir.path().join("box.outbox"))).unwrap();
    for _ in 0..4 {
        assert_eq!(advancing(&delivery), (true, true));
    }
}

/// A listener must not wait on the delivery's threads: one that does is a thread that is stuck, as any other would be.
fn stuck(about: Topic, cause: impl FnOnce(&std::path::Path)) -> ((bool, bool), (bool, bool)) {
    let dir = tempfile::tempdir().unwrap();
    let delivery = Delivery::open(settings(dir.path(), dir.path().join("box.outbox"))).unwrap();
    let gate = Arc::new(Gate::default());
    let listening = gate.clone();
    let _listener = delivery.listen(move |notice| {
        if notice.topic == about {
            listening.pass();
        }
    });
    cause(dir.path());
    gate.await_someone();
    // What was counted just before.
    thread::sleep(Duration::from_millis(50));
    let while_stuck = advancing(&delivery);
    gate.open();
    (while_stuck, advancing(&delivery))
}

#[test]
fn a_courier_that_is_stuck_gives_no_sign_and_the_writer_does() {
    let outcome = stuck(Topic::Link, |_| {});
    assert_eq!(outcome, ((true, false), (true, true)));
}

#[test]
fn a_writer_that_is_stuck_gives_no_sign() {
    let ((writer, _), after) = stuck(Topic::Recipients, |dir| {
        let another = RecipientKey::generate().unwrap();
        another.public().save(&dir.join("recipients/another.jwk")).unwrap();
    });
    assert_eq!((writer, after), (false, (true, true)));
}

#[test]
fn the_device_itself_and_a_camera_that_someone_else_has_can_be_spoken_for() {
    let dir = tempfile::tempdir().unwrap();
    let delivery = Delivery::open(settings(dir.path(), dir.path().join("box.outbox"))).unwrap();
    let gate: Name = "gate".parse().unwrap();
    let _claim = delivery.claim(gate.clone()).unwrap();
    let stats = delivery.stats();
    assert_eq!((stats.oldest_age, stats.waiting_bytes, stats.recipients), (None, 0, 1));
    let status = |condition| Status {
        condition,
        text: "for a person".into(),
    };
    delivery.tell(&gate, status(Condition::CameraLost));
    delivery.tell(&Name::of_device(), status(Condition::OverloadShedding));
    assert!(delivery.flush(Duration::from_secs(20)));
    let stats = delivery.stats();
    assert_eq!((stats.committed, stats.pending), (2, 2));
    assert!(
        stats.waiting_bytes > 1000 && stats.outbox_bytes > stats.waiting_bytes,
        "{stats:?}"
    );
    assert!(
        stats.oldest_age.is_some_and(|age| age < Duration::from_secs(30)),
        "{stats:?}"
    );
    assert!(!stats.connected && stats.connected_since.is_none());
    let view = luchs_delivery::OutboxView::open(delivery.outbox()).unwrap();
    let topics: Vec<_> = view
        .status()
        .unwrap()
        .topics
        .into_iter()
        .map(|part| part.topic)
        .collect();
    assert_eq!(topics, ["luchs/box/device/events", "luchs/box/gate/events"]);

    let refused = delivery.claim(Name::of_device()).unwrap_err();
    assert!(matches!(&refused, OpenError::CameraReserved(name) if name.is_of_device()));
    assert!(refused.to_string().contains("choose another"), "{refused}");
}

#[test]
fn the_certificate_is_looked_at_without_any_camera() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(dir.path(), dir.path().join("box.outbox"));
    certify(dir.path(), 5);
    let delivery = Delivery::open(settings).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while delivery.stats().certificate_expires.is_none() || delivery.stats().committed < 1 {
        assert!(Instant::now() < deadline, "{:?}", delivery.stats());
        thread::sleep(Duration::from_millis(20));
    }
    let notices = delivery.notices();
    assert!(
        notices.iter().any(|notice| notice.text.contains("tls.crt expires in")),
        "{notices:?}"
    );
}
