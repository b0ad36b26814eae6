//! A publisher that does nothing but publish, as fast as the outbox takes it: for scenarios that kill it.
//!
//! `luchs-test-publisher KEYS OUTBOX BROKER CA CERT KEY COUNT LAST`: submits COUNT events of camera `gate` whose objects
//! are numbered; LAST is `more`, or `last` to mark the last event and wait until everything is acknowledged.

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, ensure};
use luchs_delivery::{BrokerSettings, Delivery, Settings};
use luchs_tests::publisher::{LAST_ID, draft};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [keys, outbox, broker, ca, certificate, key, count, last] = arguments.as_slice() else {
        anyhow::bail!("wrong number of arguments");
    };
    let broker = BrokerSettings {
        url: broker.clone(),
        ca: ca.into(),
        certificate: certificate.into(),
        key: key.into(),
        client_id: None,
    };
    let keys = PathBuf::from(keys);
    let delivery = Delivery::open(Settings::new(
        keys.join("device.jwk"),
        keys.join("recipients"),
        outbox.into(),
        broker,
    ))?;
    let _camera = delivery.claim("gate".parse()?)?;
    let _listener = delivery.listen(|notice| complain(&notice.to_string()));
    let count: u64 = count.parse()?;
    for number in 1..=count {
        delivery.submit(draft(number)?);
        if number % 50 == 0 && delivery.flush(Duration::from_millis(500)) {
            say(&format!("committed {number}"));
        }
    }
    if last == "last" {
        delivery.submit(draft(LAST_ID)?);
        ensure!(
            delivery.drain(Duration::from_mins(1)),
            "not everything was acknowledged: {:?}",
            delivery.stats()
        );
        say("drained");
    }
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
