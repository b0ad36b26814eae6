//! A publisher that does nothing but publish: for scenarios that kill it. `luchs-test-publisher ORDERS`, where the orders
//! are JSON: see `luchs_tests::publisher::Orders`.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use luchs_delivery::{BrokerSettings, Delivery, Settings};
use luchs_tests::publisher::{End, LAST_ID, Orders, camera, draft, draft_of};

/// A frame that was held up for longer was dropped by any camera.
const HELD_UP: Duration = Duration::from_millis(100);

fn main() -> Result<()> {
    let orders = std::env::args().nth(1).context("no orders")?;
    let orders: Orders = serde_json::from_str(&orders)?;
    let broker = BrokerSettings {
        url: orders.broker.clone(),
        ca: orders.ca.clone(),
        certificate: orders.certificate.clone(),
        key: orders.key.clone(),
        client_id: None,
    };
    let mut settings = Settings::new(
        orders.keys.join("device.jwk"),
        orders.keys.join("recipients"),
        orders.outbox.clone(),
        broker,
    );
    settings.retention.bytes = orders.retention.unwrap_or(settings.retention.bytes);
    let delivery = Delivery::open(settings)?;
    let claim = |number| {
        delivery
            .claim(camera(number, orders.cameras).parse()?)
            .map_err(anyhow::Error::from)
    };
    let _cameras: Vec<_> = (0..orders.cameras.max(1)).map(claim).collect::<Result<_>>()?;
    let _listener = delivery.listen(|notice| complain(&notice.to_string()));
    say("open");
    publish(&orders, &delivery)?;
    match orders.end {
        End::Leave => {}
        End::Drain(seconds) => {
            delivery.submit(draft(LAST_ID)?);
            ensure!(
                delivery.drain(Duration::from_secs(seconds)),
                "not everything was acknowledged: {:?}",
                delivery.stats()
            );
            say("drained");
        }
        End::Stay => loop {
            thread::sleep(Duration::from_secs(1));
        },
    }
    Ok(())
}

fn publish(orders: &Orders, delivery: &Delivery) -> Result<()> {
    let begun = Instant::now();
    let mut told = Instant::now();
    let (mut slowest, mut held_up) = (Duration::ZERO, 0_u64);
    for number in 1..=orders.count {
        let id = orders.first + number - 1;
        let frame = (number - 1) / orders.cameras.max(1);
        if orders.rate > 0 {
            let due = begun + Duration::from_secs_f64(frame as f64 / orders.rate as f64);
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let submitted = Instant::now();
        let mut draft = draft_of(&camera(id, orders.cameras), id)?;
        if let Some(object) = draft.object.as_mut().filter(|_| orders.large == Some(id)) {
            object.label = "wide load ".repeat(500).into();
        }
        delivery.submit(draft);
        let took = submitted.elapsed();
        slowest = slowest.max(took);
        held_up += u64::from(took > HELD_UP);
        if number % orders.step.max(1) == 0 && delivery.flush(Duration::from_millis(500)) {
            say(&format!("committed {number}"));
        }
        if told.elapsed() >= Duration::from_secs(1) {
            told = Instant::now();
            let rate = number as f64 / begun.elapsed().as_secs_f64();
            let latencies = delivery.commit_latencies();
            say(&format!(
                "at {number}: {rate:.1} events/s, slowest submit {:.1} ms, {held_up} held up, commit {:.1} ms on average, \
                 {:?}",
                slowest.as_secs_f64() * 1e3,
                latencies.average().as_secs_f64() * 1e3,
                delivery.stats()
            ));
        }
    }
    if delivery.flush(Duration::from_secs(5)) {
        say(&format!("committed {}", orders.count));
    }
    say("submitted");
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the scenario reads this")]
fn complain(text: &str) {
    eprintln!("{text}");
}

#[expect(clippy::print_stdout, reason = "the scenario reads this")]
fn say(text: &str) {
    println!("{text}");
}
