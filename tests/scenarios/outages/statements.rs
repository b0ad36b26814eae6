//! What a device states for the broker to keep, while brokers forget and refuse.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use luchs_delivery::{BrokerSettings, Delivery, Incoming, Settings, Subscription, SubscriptionSettings};
use luchs_tests::{
    Stage,
    broker::ACL,
    publisher::{LAST_ID, draft},
    until,
};

use crate::Scenario;

pub(crate) const ALL: &[Scenario] = &[
    ("statements_are_there_again_when_the_broker_forgot_them", forgotten),
    ("a_statement_that_is_refused_holds_up_nothing", refused),
    (
        "statements_and_events_take_turns_where_only_one_is_taken_at_a_time",
        turns,
    ),
];

const DISCOVERY: &str = "homeassistant/device/box-1/_box/config";

fn delivery(stage: &Stage) -> Result<Delivery> {
    let site = &stage.site;
    let broker = BrokerSettings {
        url: stage.line.url(),
        ca: site.pki.ca_file(),
        certificate: site.device.certificate.clone(),
        key: site.device.key.clone(),
        client_id: None,
    };
    let file = |name: &str| site.file(name);
    let settings = Settings::new(
        file("device/device.jwk"),
        file("device/recipients"),
        file("outbox.db"),
        broker,
    );
    Ok(Delivery::open(settings)?)
}

/// With the right to announce the device to Home Assistant.
fn with_discovery(stage: &Stage) -> Result<()> {
    let rights = format!("pattern write homeassistant/device/%u/+/config\n{ACL}topic read homeassistant/#\n");
    stage.site.broker.set_rights(&rights)?;
    stage.site.broker.reload()
}

/// What someone who comes now finds, as soon as all `expected` is there.
fn found(stage: &Stage, expected: &[(&str, &str)]) -> Result<BTreeMap<String, String>> {
    static READERS: AtomicU64 = AtomicU64::new(0);
    let site = &stage.site;
    let deadline = Instant::now() + Duration::from_secs(40);
    loop {
        let broker = BrokerSettings {
            url: site.broker.url(),
            ca: site.pki.ca_file(),
            certificate: site.viewer.certificate.clone(),
            key: site.viewer.key.clone(),
            client_id: Some(format!("finder-{}", READERS.fetch_add(1, Relaxed))),
        };
        let reader = Subscription::open(SubscriptionSettings {
            broker,
            filters: vec!["luchs/+/status/#".into(), "homeassistant/#".into()],
            session_expiry: Duration::ZERO,
            window: 50,
        })?;
        let mut found = BTreeMap::new();
        let mut until = Instant::now() + Duration::from_secs(2);
        let mut complete = false;
        while Instant::now() < until {
            if let Some(Incoming::Message(message)) = reader.next(Duration::from_millis(50)) {
                if message.retained {
                    let payload = String::from_utf8_lossy(&message.payload).into_owned();
                    found.insert(message.topic.clone(), payload);
                }
                reader.ack(message);
            }
            let is_there = |(topic, payload): &(&str, &str)| found.get(*topic).is_some_and(|found| found == payload);
            if !complete && expected.iter().all(is_there) {
                // What should not be there would come along with it.
                (complete, until) = (true, Instant::now() + Duration::from_millis(300));
            }
        }
        if complete {
            return Ok(found);
        }
        if Instant::now() > deadline {
            bail!("{expected:?} is not there, but {found:?}");
        }
    }
}

fn forgotten(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    with_discovery(&stage)?;
    let delivery = delivery(&stage)?;
    let (snapshot, gate) = (delivery.status_topic("device"), delivery.status_topic("camera/gate"));
    ensure!(snapshot == "luchs/box-1/status/device", "{snapshot}");
    delivery.retain(DISCOVERY, Some(b"{\"device\":1}"))?;
    delivery.retain(&gate, Some(b"on"))?;
    for round in 0..4 {
        let text = format!("{{\"round\":{round}}}");
        delivery.retain(&snapshot, Some(b"{\"never\":\"seen late\"}"))?;
        delivery.retain(&snapshot, Some(text.as_bytes()))?;
        let mut expected = vec![(snapshot.as_str(), text.as_str()), (DISCOVERY, "{\"device\":1}")];
        if round < 2 {
            expected.push((&gate, "on"));
        }
        let found = found(&stage, &expected)?;
        ensure!(
            found.len() == expected.len() + 1,
            "round {round}, and the device's own status: {found:?}"
        );
        for id in round * 50 + 1..=(round + 1) * 50 {
            delivery.submit(draft(id)?);
        }
        stage.site.broker.kill()?;
        if round == 1 {
            // Of what is taken back while the broker is away nothing is left.
            delivery.retain(&gate, None)?;
        }
        stage.linger(100, 1_000);
        stage.site.broker.restart()?;
        until("the connection", 60, || Ok(delivery.stats().connected.then_some(())))?;
    }
    delivery.retain(&snapshot, Some(b"{\"state\":\"stopped\"}"))?;
    delivery.submit(draft(LAST_ID)?);
    ensure!(delivery.drain(Duration::from_mins(1)), "{:?}", delivery.stats());
    delivery.retain(&gate, Some(b"the last word"))?;
    drop(delivery);
    found(
        &stage,
        &[(&snapshot, "{\"state\":\"stopped\"}"), (&gate, "the last word")],
    )?;
    stage.history.ran(1, 200, 200);
    stage.judge()?.sound()
}

fn refused(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let delivery = delivery(&stage)?;
    let snapshot = delivery.status_topic("device");
    delivery.retain(DISCOVERY, Some(b"{}"))?;
    delivery.retain(&snapshot, Some(b"{}"))?;
    for id in 1..=100 {
        delivery.submit(draft(id)?);
    }
    let found = found(&stage, &[(&snapshot, "{}")])?;
    ensure!(!found.contains_key(DISCOVERY), "it may not write there: {found:?}");
    let notices = delivery.notices();
    let told = notices.iter().find(|notice| notice.text.contains(DISCOVERY));
    let text = &told
        .with_context(|| format!("{notices:?}\n{}", stage.site.broker.log()))?
        .text;
    ensure!(text.contains("check the broker's rights"), "{text}");
    delivery.submit(draft(LAST_ID)?);
    ensure!(delivery.drain(Duration::from_mins(1)), "{:?}", delivery.stats());
    drop(delivery);
    stage.history.ran(1, 100, 100);
    stage.judge()?.sound()
}

fn turns(name: &str) -> Result<()> {
    let mut stage = Stage::with(name, |broker| broker.set("max_inflight_messages", "1"))?;
    let delivery = delivery(&stage)?;
    let snapshot = delivery.status_topic("device");
    let over = AtomicBool::new(false);
    let drained = thread::scope(|scope| {
        let talker = scope.spawn(|| -> Result<u64> {
            let mut number = 0;
            while !over.load(Relaxed) {
                number += 1;
                delivery.retain(&snapshot, Some(format!("{number}").as_bytes()))?;
                thread::sleep(Duration::from_micros(200));
            }
            Ok(number)
        });
        let drain = || -> Result<bool> {
            for id in 1..=400 {
                delivery.submit(draft(id)?);
            }
            delivery.submit(draft(LAST_ID)?);
            Ok(delivery.drain(Duration::from_mins(1)))
        };
        let drained = drain();
        over.store(true, Relaxed);
        let said = talker.join().map_err(|_| anyhow::anyhow!("the talker panicked"))??;
        drained.map(|drained| (drained, said))
    });
    let (drained, said) = drained?;
    ensure!(drained, "statements hold up events: {:?}", delivery.stats());
    found(&stage, &[(&snapshot, &said.to_string())])?;
    drop(delivery);
    stage.history.ran(1, 400, 400);
    stage.judge()?.sound()
}
