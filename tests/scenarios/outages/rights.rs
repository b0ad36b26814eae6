//! Rights that are taken away and given back.

use anyhow::{Result, ensure};
use luchs_tests::{Process, Stage, broker::ACL, until};

use crate::Scenario;

pub(crate) const SLOW: &[Scenario] = &[("rights_are_taken_away_while_connected_and_given_back", revoked)];

pub(crate) const ALL: &[Scenario] = &[("without_the_right_to_one_camera_the_others_go_on", one_camera)];

/// Nobody but the reader may do anything.
const NOTHING: &str = "user viewer\ntopic read luchs/#\n";
/// The device may not write events of one of its cameras.
const NOT_GATE_1: &str = "user box-1\ntopic write luchs/box-1/gate/events\ntopic write luchs/box-1/gate-2/events\n\
                          topic write luchs/box-1/status\ntopic write luchs/box-1/keys\n\nuser viewer\ntopic read luchs/#\n";

fn revoked(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    let orders = stage.orders(900, 30);
    let mut publisher = stage.publish(&orders)?;
    stage.reach(&publisher, 60)?;
    stage.site.broker.set_rights(NOTHING)?;
    stage.site.broker.reload()?;
    publisher.wait_for_output("we may not write there", 20)?;
    stage.linger(500, 2_000);
    stage.site.broker.set_rights(ACL)?;
    stage.site.broker.reload()?;
    publisher.wait_for_output("the broker takes events on", 90)?;
    // Some that were under way when the right went or came back may have overtaken others.
    stage.settle(&orders, &mut publisher)?;
    let verdict = stage.judge()?;
    ensure!(
        verdict.is_complete() && verdict.disordered.len() < 50,
        "{verdict}\n{}",
        publisher.stderr()
    );
    let output = stage.reader.as_ref().map(Process::stdout).unwrap_or_default();
    for condition in ["events.refused", "events.accepted"] {
        ensure!(output.contains(condition), "no event tells of {condition}");
    }
    Ok(())
}

fn one_camera(name: &str) -> Result<()> {
    let mut stage = Stage::with(name, |broker| broker.set_rights(NOT_GATE_1))?;
    let orders = stage.orders(300, 0);
    let mut publisher = stage.publish(&orders)?;
    publisher.wait_for_output("we may not write there", 20)?;
    until("all events of the other cameras", 30, || {
        let output = stage.reader.as_ref().map(Process::stdout).unwrap_or_default();
        let count = |camera: &str| output.matches(&format!("\"camera\":\"{camera}\"")).count();
        ensure!(count("gate-1") == 0, "an event came that nobody may write");
        Ok((count("gate") >= 100 && count("gate-2") == 100).then_some(()))
    })?;
    publisher.kill()?;
    stage.history.ran(orders.first, orders.count, orders.count);

    // The next start tries everything again, and whoever gives the right gets it all in order.
    stage.site.broker.set_rights(ACL)?;
    stage.site.broker.reload()?;
    let orders = stage.orders(30, 0);
    let mut publisher = stage.publish(&orders)?;
    stage.all_is_well(&orders, &mut publisher)
}
