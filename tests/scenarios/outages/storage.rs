//! Outboxes that overflow or break while the broker is away.

use std::{fs::File, os::unix::fs::FileExt as _};

use anyhow::{Result, ensure};
use luchs_tests::{
    Disk, Stage,
    deaths::{Death, series_on},
    publisher::End,
};

use crate::Scenario;

pub(crate) const ALL: &[Scenario] = &[
    ("what_retention_drops_is_announced", overflow),
    ("a_damaged_outbox_is_set_aside_and_what_can_be_read_arrives", damaged),
    ("a_disk_that_lies_about_syncs_is_found_out", lying),
];

fn overflow(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    stage.line.off()?;
    let mut orders = stage.orders(600, 0);
    orders.retention = Some(300_000);
    let mut publisher = stage.publish(&orders)?;
    stage.reach(&publisher, 600)?;
    stage.line.on()?;
    stage.settle(&orders, &mut publisher)?;
    let verdict = stage.judge()?;
    verdict.sound()?;
    ensure!(verdict.given_up > 200, "nothing was given up: {verdict}");
    ensure!(verdict.received + verdict.given_up >= 601, "{verdict}");
    Ok(())
}

fn damaged(name: &str) -> Result<()> {
    let mut stage = Stage::new(name)?;
    stage.line.off()?;
    let mut orders = stage.orders(500, 0);
    // Who leaves folds the log into the file.
    orders.end = End::Leave;
    let mut publisher = stage.publish(&orders)?;
    ensure!(publisher.wait(60)?.success(), "{}", publisher.stderr());
    stage.history.ran(orders.first, orders.count, orders.count);
    let file = File::options()
        .read(true)
        .write(true)
        .open(stage.site.file("outbox.db"))?;
    let pages = file.metadata()?.len() / 4096;
    ensure!(pages > 20, "the outbox has {pages} pages only");
    let page = stage.random.between(pages / 4, pages / 2);
    file.write_all_at(&[0x5A; 4096], page * 4096)?;
    drop(file);

    stage.line.on()?;
    let orders = stage.orders(60, 0);
    let mut publisher = stage.publish(&orders)?;
    stage.settle(&orders, &mut publisher)?;
    let said = publisher.stderr();
    ensure!(said.contains("was set aside as"), "{said}");
    let verdict = stage.judge()?;
    ensure!(
        verdict.duplicated.is_empty() && verdict.unexpected.is_empty() && verdict.disordered.is_empty(),
        "{verdict}"
    );
    ensure!(
        verdict.lost.len() <= 12,
        "one page held {} events: {verdict}",
        verdict.lost.len()
    );
    Ok(())
}

/// The proof that power cuts on this disk do harm, where someone relies on what was not synced.
fn lying(name: &str) -> Result<()> {
    let mut random = luchs_tests::Seeded::new(name);
    let outcome = series_on(Death::PowerCut, 8, &mut random, Disk::lie, || ());
    ensure!(
        !matches!(&outcome, Ok(verdict) if verdict.is_complete()),
        "nothing was lost on a disk that does not sync: {}",
        outcome?
    );
    Ok(())
}
