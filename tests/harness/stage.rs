//! What most scenarios of faults are played on: a site, a line to its broker that can be made bad, a reader, and a record
//! of all that goes in and comes out.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    Broker, History, Process, Proxy, Reader, Seeded, Site, Verdict, deaths, history,
    publisher::{End, Orders},
    until,
};

/// Cameras of a stage's publishers.
const CAMERAS: u64 = 3;

/// The stage.
pub struct Stage {
    /// Site and broker.
    pub site: Site,
    /// From publishers to the broker. The reader has a way of its own.
    pub line: Proxy,
    /// The chance of this scenario.
    pub random: Seeded,
    /// What went in and came out.
    pub history: History,
    /// `luchs subscribe`, if it is there.
    pub reader: Option<Process>,
    folder: PathBuf,
    next: u64,
    runs: u32,
}

impl Stage {
    /// With a reader and the harness's usual broker.
    pub fn new(scenario: &str) -> Result<Self> {
        Self::with(scenario, |_| Ok(()))
    }

    /// With a broker that is made different first.
    pub fn with(scenario: &str, prepare: impl FnOnce(&Broker) -> Result<()>) -> Result<Self> {
        let random = Seeded::new(scenario);
        let mut site = Site::new()?;
        prepare(&site.broker)?;
        site.broker.restart()?;
        let folder = site.file("logs");
        fs::create_dir(&folder)?;
        let line = Proxy::start(site.broker.port())?;
        let mut stage = Self {
            site,
            line,
            random,
            history: History::default(),
            reader: None,
            folder,
            next: 1,
            runs: 0,
        };
        stage.read()?;
        Ok(stage)
    }

    /// Where programs leave their output.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts the reader.
    pub fn read(&mut self) -> Result<()> {
        self.reader = Some(Reader::Luchs.start(&self.site, &self.folder)?);
        Ok(())
    }

    /// The next `count` events, so many frames a second of three cameras, over the line; then wait for all answers.
    pub fn orders(&mut self, count: u64, rate: u64) -> Orders {
        let first = self.next;
        self.next += count;
        Orders {
            broker: self.line.url(),
            cameras: CAMERAS,
            rate,
            step: 10,
            ..Orders::new(&self.site, first, count, End::Drain(100))
        }
    }

    /// Starts a publisher.
    pub fn publish(&mut self, orders: &Orders) -> Result<Process> {
        self.runs += 1;
        let mut publisher = orders.start(&self.folder, &format!("publisher-{}", self.runs))?;
        publisher.wait_for_output("open", 30)?;
        Ok(publisher)
    }

    /// Waits until the publisher has been through with all, which it must say was acknowledged.
    pub fn settle(&mut self, orders: &Orders, publisher: &mut Process) -> Result<()> {
        let status = publisher.wait(150)?;
        ensure!(status.success(), "the publisher: {status}\n{}", publisher.stderr());
        self.history.ran(orders.first, orders.count, orders.count);
        Ok(())
    }

    /// Waits for the reader to have everything, and judges.
    pub fn judge(&mut self) -> Result<Verdict> {
        let reader = self.reader.as_mut().context("no reader")?;
        deaths::await_last(reader).with_context(|| format!("the reader said:\n{}", reader.stderr()))?;
        let (mut length, mut since) = (0, Instant::now());
        until("the reader to come to rest", 60, || {
            let now = reader.stdout().len();
            if now != length {
                (length, since) = (now, Instant::now());
            }
            Ok((since.elapsed() > Duration::from_millis(500)).then_some(()))
        })?;
        reader.signal("TERM")?;
        reader.wait(20)?;
        let said = reader.stderr();
        ensure!(said.contains("\"refused\":0"), "the reader refused something:\n{said}");
        self.history.outbox(&self.site.file("outbox.db"))?;
        let events = history::events(reader)?;
        self.history.received(events);
        Ok(self.history.judge())
    }

    /// The whole way of a publisher that is only to get everything through: waits for it, judges, and is content with
    /// nothing less than everything, once and in order.
    pub fn all_is_well(&mut self, orders: &Orders, publisher: &mut Process) -> Result<()> {
        self.settle(orders, publisher)?;
        let verdict = self.judge()?;
        verdict
            .sound()
            .with_context(|| format!("the publisher said:\n{}", publisher.stderr()))
    }

    /// Waits until so many events of the run are on disk.
    pub fn reach(&self, publisher: &Process, count: u64) -> Result<()> {
        until("the publisher to go on", 60, || {
            Ok((crate::publisher::committed(publisher) >= count).then_some(()))
        })
    }

    /// Between `low` and `high` milliseconds of doing nothing: the fault lasts that long.
    pub fn linger(&mut self, low: u64, high: u64) {
        std::thread::sleep(Duration::from_millis(self.random.between(low, high)));
    }
}
