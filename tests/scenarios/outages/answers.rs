//! Each answer that MQTT 5 has to a publish, from a broker that gives it on purpose.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::{Result, bail, ensure};
use luchs_scene::Event;
use luchs_seal::{Opener, RecipientKey, TrustedDevices};
use luchs_tests::{
    History, Scripted, Site,
    publisher::{End, Orders},
    scripted::{Answer, Greeting, Published},
};

use crate::Scenario;

pub(crate) const SLOW: &[Scenario] = &[("answers_that_do_not_come", |name| passing(name, Answer::Silence))];

pub(crate) const ALL: &[Scenario] = &[
    ("answer_0x10_no_matching_subscribers", |name| {
        passing(name, Answer::Code(0x10))
    }),
    ("answer_0x80_unspecified_error", |name| {
        passing(name, Answer::Code(0x80))
    }),
    ("answer_0x83_implementation_specific_error", |name| {
        passing(name, Answer::Code(0x83))
    }),
    ("answer_0x91_packet_identifier_in_use", |name| {
        passing(name, Answer::Code(0x91))
    }),
    ("answer_0x97_quota_exceeded", |name| passing(name, Answer::Code(0x97))),
    ("disconnect_0x8b_shutting_down", |name| {
        passing(name, Answer::Disconnect(0x8B))
    }),
    ("disconnect_0x93_receive_maximum_exceeded", |name| {
        passing(name, Answer::Disconnect(0x93))
    }),
    ("disconnect_0x97_quota_exceeded", |name| {
        passing(name, Answer::Disconnect(0x97))
    }),
    ("answer_0x87_not_authorized", |name| {
        final_for_all(name, 0x87, "we may not write there")
    }),
    ("answer_0x90_topic_name_invalid", |name| {
        final_for_all(name, 0x90, "check the topic prefix")
    }),
    ("answer_0x99_payload_format_invalid", final_for_one),
    ("receive_maximum_and_packet_size_are_kept_to", limits),
];

/// A site whose publishers talk to the scripted broker; the other one is not used.
fn orders(site: &Site, broker: &Scripted, first: u64, count: u64, patience: u64) -> Orders {
    Orders {
        broker: broker.url(),
        cameras: 3,
        ..Orders::new(site, first, count, End::Drain(patience))
    }
}

/// What the broker took, opened by the reader that it was for. This broker passes on what it takes as often as it takes
/// it, which may be twice when connections end; readers take the second for nothing, and so does this.
fn taken(site: &Site, broker: &Scripted) -> Result<Vec<Event>> {
    let key = RecipientKey::load(&site.file("viewer/recipient.jwk"))?;
    let opener = Opener::new(key, TrustedDevices::load(&site.file("device/device.pub.jwk"))?);
    let open = |published: Published| Ok(opener.open(&published.payload, &published.topic)?);
    let mut events: Vec<Event> = broker.taken().into_iter().map(open).collect::<Result<_>>()?;
    let mut seen = BTreeSet::new();
    events.retain(|event| seen.insert((event.epoch, event.seq)));
    Ok(events)
}

fn status_events(events: &[Event]) -> Vec<&'static str> {
    let of = |event: &Event| Some(event.status.as_ref()?.condition.as_str());
    events.iter().filter_map(of).collect()
}

/// Some answers are bad for a while; everything arrives, and nothing is put aside.
fn passing(name: &str, answer: Answer) -> Result<()> {
    let site = Site::new()?;
    let calls = AtomicU32::new(0);
    // One connection may break for each of them.
    let bad = match answer {
        Answer::Code(_) => 20..45,
        Answer::Silence => 20..21,
        Answer::Disconnect(_) => 20..22,
    };
    let broker = Scripted::start(&site.pki, Greeting::default(), move |_| {
        let call = calls.fetch_add(1, Relaxed);
        if bad.contains(&call) { answer } else { Answer::Code(0) }
    })?;
    let orders = orders(&site, &broker, 1, 150, 60);
    let mut publisher = orders.start(site.file("").as_path(), name)?;
    let status = publisher.wait(90)?;
    ensure!(status.success(), "{status}\n{}", publisher.stderr());
    let mut history = History::default();
    history.ran(1, 150, 150);
    history.outbox(&orders.outbox)?;
    history.received(taken(&site, &broker)?);
    let verdict = history.judge();
    // Of what is under way at the same time, what was refused comes after what was taken.
    let most = if matches!(answer, Answer::Disconnect(_)) { 0 } else { 50 };
    ensure!(verdict.is_complete() && verdict.disordered.len() <= most, "{verdict}");
    ensure!(broker.wrongs().is_empty(), "{:?}", broker.wrongs());
    Ok(())
}

/// The broker says never, to everything: events are put aside, told of, and sent when the publisher starts again.
fn final_for_all(name: &str, code: u8, words: &str) -> Result<()> {
    let site = Site::new()?;
    let refuse = Arc::new(AtomicBool::new(true));
    let refusing = refuse.clone();
    let broker = Scripted::start(&site.pki, Greeting::default(), move |_| {
        Answer::Code(if refusing.load(Relaxed) { code } else { 0 })
    })?;
    let first = orders(&site, &broker, 1, 120, 3);
    let mut publisher = first.start(site.file("").as_path(), name)?;
    ensure!(!publisher.wait(60)?.success(), "it says that all was acknowledged");
    let said = publisher.stderr();
    ensure!(said.contains(words), "{said}");
    ensure!(
        broker.taken().is_empty(),
        "nothing was taken, and {:?} was",
        broker.taken().len()
    );
    refuse.store(false, Relaxed);
    let second = orders(&site, &broker, 121, 30, 60);
    let mut publisher = second.start(site.file("").as_path(), name)?;
    let status = publisher.wait(90)?;
    ensure!(status.success(), "{status}\n{}", publisher.stderr());
    let mut history = History::default();
    history.ran(1, 120, 120);
    history.ran(121, 30, 30);
    history.outbox(&second.outbox)?;
    let events = taken(&site, &broker)?;
    let told = status_events(&events);
    ensure!(told.contains(&"events.refused"), "no event tells of it: {told:?}");
    history.received(events);
    history.judge().sound()
}

/// The broker does not like one event, ever: that one is put aside, and the others of its camera go on.
fn final_for_one(name: &str) -> Result<()> {
    let site = Site::new()?;
    let poison = Arc::new(std::sync::Mutex::new(None::<Vec<u8>>));
    let (poisoned, cured) = (poison.clone(), Arc::new(AtomicBool::new(false)));
    let is_cured = cured.clone();
    let calls = AtomicU32::new(0);
    let broker = Scripted::start(&site.pki, Greeting::default(), move |published| {
        let call = calls.fetch_add(1, Relaxed);
        let Ok(mut poison) = poisoned.lock() else {
            return Answer::Code(0x80);
        };
        if call == 30 {
            *poison = Some(published.payload.clone());
        }
        let bad = poison.as_ref() == Some(&published.payload) && !is_cured.load(Relaxed);
        Answer::Code(if bad { 0x99 } else { 0 })
    })?;
    let first = orders(&site, &broker, 1, 150, 30);
    let mut publisher = first.start(site.file("").as_path(), name)?;
    ensure!(!publisher.wait(60)?.success(), "it says that all was acknowledged");
    let said = publisher.stderr();
    ensure!(said.contains("does not take the format"), "{said}");
    let events = taken(&site, &broker)?;
    let objects = events.iter().filter(|event| event.object.is_some()).count();
    ensure!(objects == 150, "149 and the last are not held up by one: {objects}");
    ensure!(
        status_events(&events) == ["events.refused"],
        "{:?}",
        status_events(&events)
    );
    cured.store(true, Relaxed);
    let second = orders(&site, &broker, 151, 10, 30);
    let mut publisher = second.start(site.file("").as_path(), name)?;
    ensure!(publisher.wait(60)?.success(), "{}", publisher.stderr());
    let mut history = History::default();
    history.ran(1, 150, 150);
    history.ran(151, 10, 10);
    history.outbox(&second.outbox)?;
    history.received(taken(&site, &broker)?);
    let verdict = history.judge();
    ensure!(verdict.is_complete() && verdict.disordered.len() == 1, "{verdict}");
    Ok(())
}

/// Never more under way than the broker allows, and never a packet larger than it takes.
fn limits(name: &str) -> Result<()> {
    let site = Site::new()?;
    let greeting = Greeting {
        window: Some(1),
        packet: Some(4_000),
    };
    let broker = Scripted::start(&site.pki, greeting, |_| Answer::Code(0))?;
    let mut orders = orders(&site, &broker, 1, 60, 30);
    orders.large = Some(20);
    let mut publisher = orders.start(site.file("").as_path(), name)?;
    ensure!(
        !publisher.wait(60)?.success(),
        "one event is larger than the broker takes"
    );
    if !broker.wrongs().is_empty() {
        bail!("{:?}", broker.wrongs());
    }
    let objects = taken(&site, &broker)?
        .iter()
        .filter(|event| event.object.is_some())
        .count();
    ensure!(objects == 60, "59 and the last are to come: {objects}");
    // Time for nothing more.
    std::thread::sleep(Duration::from_millis(100));
    ensure!(broker.taken().len() <= 62, "{}", broker.taken().len());
    Ok(())
}
