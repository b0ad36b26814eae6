//! What changes around a publisher while it runs: certificates, clocks.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use luchs_tests::{
    Line, Pki, Process, Scripted, Stage,
    pki::{Identity, Validity},
    publisher::Orders,
    scripted::{Answer, Greeting},
    until,
};

use crate::Scenario;

pub(crate) const ALL: &[Scenario] = &[
    ("a_broker_of_another_authority_gets_nothing", wrong_authority),
    ("clocks_that_jump", clocks),
];

fn wrong_authority(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let orders = stage.orders(1_500, 60);
    let mut publisher = stage.publish(&orders)?;
    stage.reach(&publisher, 30)?;
    let other = Pki::new(&stage.site.file("other"), "other")?.server(Validity::NOW)?;
    let certify = |stage: &mut Stage, server: &Identity| {
        let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
        stage.site.broker.set("certfile", &path(&server.certificate))?;
        stage.site.broker.set("keyfile", &path(&server.key))?;
        stage.site.broker.restart()
    };
    certify(&mut stage, &other)?;
    publisher.wait_for_output("was not issued by the authority", 20)?;
    let reader = stage.reader.as_mut().context("no reader")?;
    reader.wait_for_output("was not issued by the authority", 20)?;
    let log = stage.site.broker.log();
    ensure!(!log.contains("New client connected"), "someone has connected:\n{log}");
    let renewed = stage.site.pki.server(Validity::NOW)?;
    certify(&mut stage, &renewed)?;
    stage.all_is_well(&orders, &mut publisher)
}

/// Someone sets the clock while it runs: nothing is dropped as too old, and brokers are told no nonsense about how long
/// events are of use.
fn clocks(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let library = fake_time()?;
    let clock = stage.site.file("clock");
    fs::write(&clock, "+0\n")?;
    let broker = Scripted::start(&stage.site.pki, Greeting::default(), |_| Answer::Code(0))?;
    let jumping = |stage: &Stage, orders: &Orders, run: &str| -> Result<Process> {
        let mut process = orders.start_through(stage.folder(), run, "env", |command| {
            command.arg(format!("LD_PRELOAD={library}"));
            command.arg(format!("FAKETIME_TIMESTAMP_FILE={}", clock.display()));
            command.args(["FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"]);
        })?;
        process.wait_for_output("open", 30)?;
        Ok(process)
    };
    // Against the real broker, with an absence of the line at each jump.
    let orders = stage.orders(2_000, 60);
    let mut publisher = jumping(&stage, &orders, "jumping")?;
    for jump in ["+8d", "-20h", "+2y", "+0"] {
        stage.linger(300, 1_000);
        stage.line.set(Line {
            dead: true,
            ..Line::default()
        });
        fs::write(&clock, format!("{jump}\n"))?;
        stage.linger(300, 1_500);
        stage.line.set(Line::default());
    }
    stage.all_is_well(&orders, &mut publisher)?;

    // What it tells the broker: the clock goes forward by more than events are kept.
    let mut orders = stage.orders(300, 60);
    (orders.broker, orders.outbox) = (broker.url(), stage.site.file("other.db"));
    let mut publisher = jumping(&stage, &orders, "telling")?;
    until("the first events", 20, || Ok((broker.taken().len() > 20).then_some(())))?;
    fs::write(&clock, "+8d\n")?;
    ensure!(publisher.wait(60)?.success(), "{}", publisher.stderr());
    let week = 7 * 24 * 3600;
    for published in broker.taken() {
        let expiry = published.expiry.context("an event without an expiry")?;
        ensure!(
            (week - 120..=week).contains(&expiry),
            "an event is of use for {expiry} s"
        );
    }
    Ok(())
}

/// libfaketime, from Debian's package.
fn fake_time() -> Result<String> {
    let library = format!(
        "/usr/lib/{}-linux-gnu/faketime/libfaketimeMT.so.1",
        std::env::consts::ARCH
    );
    ensure!(
        std::path::Path::new(&library).exists(),
        "{library} is missing: run `make setup`"
    );
    Ok(library)
}
