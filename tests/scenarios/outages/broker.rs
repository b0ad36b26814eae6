//! Brokers that stop, restart, forget, and take little.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use luchs_tests::{Process, Stage, publisher::End, until};

use crate::Scenario;

pub(crate) const SLOW: &[Scenario] = &[
    ("a_broker_that_is_frozen_for_long", frozen),
    (
        "the_last_will_comes_after_a_death_and_not_after_a_short_absence",
        last_will,
    ),
];

pub(crate) const ALL: &[Scenario] = &[
    ("a_broker_that_restarts_with_its_sessions", with_sessions),
    (
        "a_broker_that_dies_and_is_back_with_its_sessions_of_a_moment_ago",
        killed_with_sessions,
    ),
    ("a_broker_that_forgets_everything", without_sessions),
    ("a_broker_that_takes_one_event_at_a_time", one_at_a_time),
    ("an_event_larger_than_the_broker_takes_is_put_aside_alone", too_large),
    ("a_second_client_of_the_same_id", same_id),
    ("a_subscriber_who_comes_late_gets_everything", late_subscriber),
];

fn frozen(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let orders = stage.orders(3_600, 40);
    let mut publisher = stage.publish(&orders)?;
    for (low, high) in [(100, 2_000), (100, 2_000), (21_000, 23_000)] {
        stage.linger(100, 1_000);
        stage.site.broker.signal("STOP")?;
        stage.linger(low, high);
        stage.site.broker.signal("CONT")?;
    }
    stage.all_is_well(&orders, &mut publisher)
}

fn with_sessions(name: &str) -> Result<()> {
    let stage = Stage::with(name, luchs_tests::Broker::persist)?;
    // What the reader does not take is in the broker's file.
    restarts(stage, 300, luchs_tests::Broker::stop)
}

/// It comes back with the sessions, and with what was in them a second before its death.
fn killed_with_sessions(name: &str) -> Result<()> {
    let stage = Stage::with(name, luchs_tests::Broker::persist)?;
    restarts(stage, 900, luchs_tests::Broker::kill)
}

fn without_sessions(name: &str) -> Result<()> {
    // What the reader does not take dies with the broker.
    restarts(Stage::new(name)?, 300, luchs_tests::Broker::kill)
}

/// Four times the broker goes and comes back, while a reader does not take what it should, for `held` ms at most before.
fn restarts(mut stage: Stage, held: u64, end: impl Fn(&mut luchs_tests::Broker) -> Result<()>) -> Result<()> {
    let orders = stage.orders(2_400, 80);
    let mut publisher = stage.publish(&orders)?;
    for _ in 0..4 {
        stage.linger(100, 1_500);
        if let Some(reader) = &stage.reader {
            reader.signal("STOP")?;
        }
        stage.linger(50, held);
        end(&mut stage.site.broker)?;
        stage.linger(0, 500);
        stage.site.broker.restart()?;
        if let Some(reader) = &stage.reader {
            reader.signal("CONT")?;
        }
    }
    stage.all_is_well(&orders, &mut publisher)
}

fn one_at_a_time(name: &str) -> Result<()> {
    let mut stage = Stage::with(name, |broker| broker.set("max_inflight_messages", "1"))?;
    let orders = stage.orders(500, 0);
    let mut publisher = stage.publish(&orders)?;
    stage.all_is_well(&orders, &mut publisher)
}

fn too_large(name: &str) -> Result<()> {
    let mut stage = Stage::with(name, |broker| broker.set("max_packet_size", "4000"))?;
    let mut orders = stage.orders(60, 0);
    orders.large = Some(orders.first + 20);
    let mut publisher = stage.publish(&orders)?;
    let status = publisher.wait(100)?;
    let said = publisher.stderr();
    ensure!(!status.success(), "it says that all was acknowledged");
    ensure!(
        said.contains("larger than the broker takes") && said.contains("max_packet_size"),
        "{said}"
    );
    stage.history.ran(orders.first, orders.count, orders.count);
    // The others, and an event that tells of it, are there.
    until("the others", 30, || {
        let output = stage.reader.as_ref().map(Process::stdout).unwrap_or_default();
        Ok((output.contains("events.refused") && output.lines().count() >= 61).then_some(()))
    })?;

    // With a larger limit the next start brings it.
    stage.site.broker.set("max_packet_size", "20000")?;
    stage.site.broker.restart()?;
    let orders = stage.orders(10, 0);
    let mut publisher = stage.publish(&orders)?;
    stage.settle(&orders, &mut publisher)?;
    let verdict = stage.judge()?;
    ensure!(verdict.is_complete() && verdict.disordered.len() == 1, "{verdict}");
    Ok(())
}

fn same_id(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let orders = stage.orders(1_000, 40);
    let mut publisher = stage.publish(&orders)?;
    stage.reach(&publisher, 30)?;
    let port = stage.site.broker.port().to_string();
    let site = &stage.site;
    // It comes back each time it is thrown out.
    let twin = Process::start(stage.folder(), "twin", "mosquitto_sub", |command| {
        command.args(["-V", "5", "-h", "127.0.0.1", "-p", &port, "-i", "box-1", "-t", "x"]);
        command.arg("--cafile").arg(site.pki.ca_file());
        command
            .arg("--cert")
            .arg(&site.device.certificate)
            .arg("--key")
            .arg(&site.device.key);
    })?;
    publisher.wait_for_output("logged in with our client id", 20)?;
    let before = stage.line.accepted();
    thread::sleep(Duration::from_secs(6));
    let tries = stage.line.accepted() - before;
    ensure!(tries <= 15, "{tries} connections in 6 s");
    drop(twin);
    stage.all_is_well(&orders, &mut publisher)
}

fn late_subscriber(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    // Its session must be gone as well: so the broker is made to forget it.
    stage.reader = None;
    stage.site.broker.restart()?;
    let orders = stage.orders(300, 0);
    let mut publisher = stage.publish(&orders)?;
    publisher.wait_for_output("nobody subscribes to", 30)?;
    stage.linger(0, 1_500);
    stage.read()?;
    stage.all_is_well(&orders, &mut publisher)
}

fn last_will(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let port = stage.site.broker.port().to_string();
    let site = &stage.site;
    let watcher = Process::start(stage.folder(), "watcher", "mosquitto_sub", |command| {
        command.args(["-V", "5", "-h", "127.0.0.1", "-p", &port, "-i", "watcher", "-q", "1"]);
        command.args(["-t", "luchs/box-1/status", "-F", "%p"]);
        command.arg("--cafile").arg(site.pki.ca_file());
        command
            .arg("--cert")
            .arg(&site.viewer.certificate)
            .arg("--key")
            .arg(&site.viewer.key);
    })?;
    let count = |state: &str| watcher.stdout().matches(&format!("\"state\":\"{state}\"")).count();
    let mut orders = stage.orders(20, 0);
    orders.end = End::Stay;
    let mut first = stage.publish(&orders)?;
    until("online", 20, || Ok((count("online") == 1).then_some(())))?;
    first.kill()?;
    stage.history.ran(orders.first, orders.count, 0);
    let mut orders = stage.orders(20, 0);
    orders.end = End::Stay;
    let mut second = stage.publish(&orders)?;
    until("online again", 9, || Ok((count("online") == 2).then_some(())))?;
    ensure!(count("offline") == 0, "it was back soon enough:\n{}", watcher.stdout());
    second.kill()?;
    stage.history.ran(orders.first, orders.count, 0);
    let killed = Instant::now();
    until("the will", 25, || Ok((count("offline") == 1).then_some(())))?;
    ensure!(
        killed.elapsed() > Duration::from_secs(5),
        "after {:?}",
        killed.elapsed()
    );
    let orders = stage.orders(20, 0);
    let mut third = stage.publish(&orders)?;
    stage.all_is_well(&orders, &mut third)?;
    // Who leaves with a word is offline at once.
    until("goodbye", 5, || Ok((count("offline") == 2).then_some(())))?;
    Ok(())
}
