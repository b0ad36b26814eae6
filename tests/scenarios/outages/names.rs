//! The broker's name cannot be resolved for a while.

use std::{fs, process::Command};

use anyhow::{Result, ensure};
use luchs_tests::{Line, Stage};

use crate::Scenario;

pub(crate) const ALL: &[Scenario] = &[("a_name_that_cannot_be_resolved", resolution)];

/// The system's own resolver cannot be asked to fail for one program, so a library before it does.
fn resolution(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let (library, says) = (stage.site.path("names.so"), stage.site.file("names"));
    let source = luchs_tests::root().join("tests/scenarios/outages/names.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o", &library])
        .arg(source)
        .status()?;
    ensure!(built.success(), "cc: {built}");
    fs::write(&says, "gone\n")?;
    let mut orders = stage.orders(1_200, 60);
    orders.broker = orders.broker.replace("127.0.0.1", "localhost");
    let mut publisher = orders.start_through(stage.folder(), "publisher", "env", |command| {
        command.arg(format!("LD_PRELOAD={library}"));
        command.arg(format!("LUCHS_TEST_NAMES={}", says.display()));
    })?;
    publisher.wait_for_output("open", 30)?;
    publisher.wait_for_output("no connection to the broker localhost", 20)?;
    for trouble in ["gone\n", "hang\n"] {
        fs::write(&says, "well\n")?;
        stage.linger(1_500, 3_000);
        fs::write(&says, trouble)?;
        // A connection that stands asks for no name.
        stage.line.set(Line {
            dead: true,
            ..Line::default()
        });
        stage.linger(300, 800);
        stage.line.set(Line::default());
        stage.linger(500, 1_500);
    }
    fs::write(&says, "well\n")?;
    stage.all_is_well(&orders, &mut publisher)
}
