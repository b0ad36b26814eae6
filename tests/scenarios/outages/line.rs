//! Bad lines.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use luchs_tests::{Line, Stage, publisher::committed};

use crate::Scenario;

pub(crate) const SLOW: &[Scenario] = &[
    ("a_line_of_three_kilobytes_a_second_is_slow_and_never_given_up", thin),
    ("a_dead_line_is_noticed_and_left", dead),
    ("an_outage_ends_within_half_a_minute_and_is_no_busy_loop", away),
];

pub(crate) const ALL: &[Scenario] = &[
    ("latency", latency),
    ("bytes_in_slices", slices),
    ("connections_that_are_reset", resets),
    ("a_line_that_comes_and_goes", flapping),
];

fn latency(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let latency = Duration::from_millis(stage.random.between(100, 400));
    stage.line.set(Line {
        latency,
        ..Line::default()
    });
    let orders = stage.orders(400, 0);
    let mut publisher = stage.publish(&orders)?;
    stage.all_is_well(&orders, &mut publisher)
}

fn thin(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    stage.line.set(Line {
        bandwidth: Some(3_000),
        ..Line::default()
    });
    let orders = stage.orders(70, 0);
    let mut publisher = stage.publish(&orders)?;
    stage.all_is_well(&orders, &mut publisher)?;
    ensure!(
        stage.line.accepted() == 1,
        "{} connections were made",
        stage.line.accepted()
    );
    let (sent, most) = (stage.line.bytes(), 70 * 3_000 + 20_000);
    ensure!(sent < most, "{sent} bytes were sent for 70 events");
    Ok(())
}

fn slices(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let slice = Some(stage.random.between(5, 60) as usize);
    stage.line.set(Line {
        slice,
        ..Line::default()
    });
    let orders = stage.orders(100, 0);
    let mut publisher = stage.publish(&orders)?;
    stage.all_is_well(&orders, &mut publisher)
}

fn dead(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let orders = stage.orders(3_000, 30);
    let mut publisher = stage.publish(&orders)?;
    stage.reach(&publisher, 60)?;
    stage.line.set(Line {
        dead: true,
        ..Line::default()
    });
    let (begun, before) = (Instant::now(), committed(&publisher));
    publisher.wait_for_output("has not answered for 20 s", 25)?;
    let sealed = committed(&publisher) - before;
    // 90 events a second; half of that is enough on a busy machine.
    let least = begun.elapsed().as_secs() * 45;
    ensure!(
        sealed > least,
        "only {sealed} events were sealed in {:?}",
        begun.elapsed()
    );
    // Those who connect now find nobody either.
    thread::sleep(Duration::from_secs(5));
    stage.line.set(Line::default());
    stage.all_is_well(&orders, &mut publisher)
}

fn resets(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let orders = stage.orders(2_000, 100);
    let mut publisher = stage.publish(&orders)?;
    let resets = stage.random.between(8, 15);
    for _ in 0..resets {
        stage.linger(50, 700);
        stage.line.reset()?;
    }
    stage.all_is_well(&orders, &mut publisher)?;
    ensure!(
        stage.line.accepted() >= 4,
        "it was connected {} times",
        stage.line.accepted()
    );
    Ok(())
}

/// A long outage in a short time: many ends and beginnings.
fn flapping(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let orders = stage.orders(2_400, 60);
    let mut publisher = stage.publish(&orders)?;
    for _ in 0..20 {
        stage.linger(0, 500);
        stage.line.off()?;
        stage.linger(0, 500);
        stage.line.on()?;
    }
    stage.all_is_well(&orders, &mut publisher)
}

/// Nobody is there for a while: the device tries again, seldom, and finds back by itself.
fn away(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let orders = stage.orders(1_000, 100);
    let mut publisher = stage.publish(&orders)?;
    stage.reach(&publisher, 100)?;
    // Takes connections, so that they are counted, and breaks them.
    let (begun, before) = (Instant::now(), stage.line.accepted());
    while begun.elapsed() < Duration::from_secs(25) {
        stage.line.reset()?;
        thread::sleep(Duration::from_millis(5));
    }
    let tries = stage.line.accepted() - before;
    // Waits double from half a second; the shortest that chance allows is 50 ms.
    ensure!((2..=30).contains(&tries), "{tries} connections in 25 s");
    let back = Instant::now();
    stage.all_is_well(&orders, &mut publisher)?;
    ensure!(
        back.elapsed() < Duration::from_secs(50),
        "it came back after {:?}",
        back.elapsed()
    );
    Ok(())
}
