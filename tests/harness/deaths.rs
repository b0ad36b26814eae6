//! A publisher that dies again and again, and what becomes of its events.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

use crate::{
    Disk, History, Process, Reader, Seeded, Site, Verdict, history,
    publisher::{self, End, LAST_ID, Orders},
    until,
};

/// Most events of one life.
const LIFE: u64 = 400;

/// How a publisher ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// `kill -9` at any moment. What it has written is on disk, as far as it and the system are concerned.
    Kill,
    /// `kill -9` at any change of the disk: between any two steps of a commit.
    Step,
    /// A power cut at any change of the disk: what was not synced may be gone.
    PowerCut,
}

/// Lets one publisher after another die, `count` times, at a site of their own, and judges what a reader got. Tells
/// `progress` after each.
pub fn series(death: Death, count: u64, random: &mut Seeded, progress: impl FnMut()) -> Result<Verdict> {
    series_on(death, count, random, |_| (), progress)
}

/// The same on a disk that is made different first.
pub fn series_on(
    death: Death,
    count: u64,
    random: &mut Seeded,
    prepare: impl FnOnce(&Disk),
    mut progress: impl FnMut(),
) -> Result<Verdict> {
    let site = Site::new()?;
    let folder = site.file("logs");
    fs::create_dir(&folder)?;
    let disk = match death {
        Death::Kill => None,
        Death::Step | Death::PowerCut => Some(Disk::mount(&site.file("disk"))?),
    };
    if let Some(disk) = &disk {
        prepare(disk);
    }
    let reader = Reader::Luchs.start(&site, &folder)?;
    let mut history = History::default();
    let mut first = 1;
    let orders = |first, count, end| {
        let mut orders = Orders {
            step: 5,
            ..Orders::new(&site, first, count, end)
        };
        if let Some(disk) = &disk {
            orders.outbox = disk.path().join("outbox.db");
        }
        orders
    };
    for _ in 0..count {
        let mut publisher = orders(first, LIFE, End::Stay).start(&folder, "publisher")?;
        match &disk {
            None => kill(&mut publisher, random)?,
            Some(disk) => stop(&mut publisher, disk, death, random)?,
        }
        history.ran(first, LIFE, publisher::committed(&publisher));
        first += LIFE;
        progress();
    }
    let mut last = orders(first, 10, End::Drain(120)).start(&folder, "last")?;
    let status = last.wait(150)?;
    anyhow::ensure!(status.success(), "the last publisher: {status}\n{}", last.stderr());
    history.ran(first, 10, 10);
    history.outbox(&orders(1, 0, End::Leave).outbox)?;
    await_last(&reader).with_context(|| format!("the reader said:\n{}", reader.stderr()))?;
    history.received(history::events(&reader)?);
    Ok(history.judge())
}

/// Waits until the reader has printed the event that is marked as the last.
pub fn await_last(reader: &Process) -> Result<()> {
    let mark = format!("\"id\":{LAST_ID},");
    until("the last event to arrive", 60, || {
        Ok(reader.stdout().contains(&mark).then_some(()))
    })
}

/// Some die while they start, most while they work.
fn kill(publisher: &mut Process, random: &mut Seeded) -> Result<()> {
    if random.chance(30) {
        thread::sleep(Duration::from_micros(random.between(0, 60_000)));
    } else {
        publisher.wait_for_output("open", 30)?;
        thread::sleep(Duration::from_micros(random.between(0, 80_000)));
    }
    publisher.kill()
}

/// An opening is some ten changes, a commit some twenty; after some thousand the log is folded into the file.
fn stop(publisher: &mut Process, disk: &Disk, death: Death, random: &mut Seeded) -> Result<()> {
    let steps = if random.chance(50) {
        random.between(1, 60)
    } else {
        random.between(60, 4_000)
    };
    disk.fail_after(steps);
    let deadline = Instant::now() + Duration::from_secs(10);
    // Who has nothing left to write dies as well.
    while !disk.has_failed() && Instant::now() < deadline && !publisher.stdout().contains("submitted") {
        thread::sleep(Duration::from_millis(1));
    }
    // First the end, then the disk: nobody learns of it.
    publisher.signal("KILL")?;
    match death {
        Death::PowerCut => disk.power_cut(random, || publisher.kill()),
        Death::Kill | Death::Step => disk.stop(|| publisher.kill()),
    }
}
