//! The box, its cameras, its broker and its reader.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use luchs_appliance::status::CameraState;
use luchs_tests::{Appliance, Process, Reader, Site, appliance::Configuration, until};
use tempfile::TempDir;

use crate::{eye::Eye, fault::Unit, judge::Verdict};

pub(crate) struct Scene {
    // Dropped from top to bottom: programs before what they use.
    pub(crate) eye: Eye,
    pub(crate) appliance: Appliance,
    reader: Process,
    pub(crate) units: Vec<Unit>,
    pub(crate) site: Site,
    folder: TempDir,
    interval: u32,
}

impl Scene {
    /// So many cameras, of which the model looks at one frame of `interval`; when this returns, all of them run.
    pub(crate) fn new(cameras: usize, interval: u32) -> Result<Self> {
        let (site, folder) = (Site::with_kit()?, TempDir::with_prefix("luchs-soak-")?);
        let units: Vec<Unit> = (0..cameras)
            .map(|number| Unit::new(&site, number))
            .collect::<Result<_>>()?;
        let reader = Reader::Luchs.start(&site, folder.path())?;
        let configuration = configuration(&site, folder.path(), &units, interval, true)?;
        let mut appliance = Appliance::start(folder.path(), &configuration)?;
        let eye = Eye::open(&folder.path().join("status.sock"), appliance.process().pid())?;
        let scene = Self {
            eye,
            appliance,
            reader,
            units,
            site,
            folder,
            interval,
        };
        until("all cameras to run", 120, || {
            Ok((scene.running() == cameras).then_some(()))
        })
        .with_context(|| scene.issues())?;
        Ok(scene)
    }

    /// What the box says is wrong, a line each.
    fn issues(&self) -> String {
        let issues = self.eye.latest().map(|latest| latest.issues).unwrap_or_default();
        let lines = issues.into_iter().map(|issue| issue.text);
        lines.collect::<Vec<_>>().join("\n")
    }

    fn running(&self) -> usize {
        let latest = self.eye.latest();
        let cameras = latest.into_iter().flat_map(|latest| latest.cameras.into_values());
        cameras.filter(|camera| camera.state == CameraState::Running).count()
    }

    /// Switches the cameras off, waits for the last event to arrive, ends the box and judges.
    pub(crate) fn judge(mut self) -> Result<Verdict> {
        configuration(&self.site, self.folder.path(), &self.units, self.interval, false)?.write()?;
        self.appliance.process().signal("HUP")?;
        until("the cameras to stop", 60, || Ok((self.stopped()?).then_some(())))?;
        let delivery = until("the outbox to be empty", 180, || {
            let delivery = self.eye.latest()?.delivery.context("no delivery")?;
            let is_done = delivery.pending == 0 && delivery.submitted == delivery.committed;
            Ok(is_done.then_some(delivery))
        })
        .with_context(|| format!("{:#?}", self.eye.latest().map(|latest| latest.delivery)))?;
        let printed = self.folder.path().join("luchs.out");
        await_quiet(&printed)?;
        self.appliance.process().signal("TERM")?;
        let status = self.appliance.process().wait(30)?;
        ensure!(
            status.success(),
            "luchs run: {status}\n{}",
            self.appliance.process().stderr()
        );
        let outbox = self.folder.path().join("outbox.db");
        drop(self.reader);
        Verdict::of(&printed, &outbox, delivery.committed, delivery.acknowledged)
    }

    fn stopped(&self) -> Result<bool> {
        let latest = self.eye.latest()?;
        Ok(latest
            .cameras
            .values()
            .all(|camera| camera.state == CameraState::Stopped))
    }

    /// What the box has said, for a person who looks for the reason.
    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.path().join("luchs-run.err")
    }
}

/// Waits until the reader has printed nothing new for two seconds.
fn await_quiet(printed: &Path) -> Result<()> {
    let (mut length, mut since) = (0, std::time::Instant::now());
    until("the reader to be done", 60, || {
        let now = printed.metadata()?.len();
        if now != length {
            (length, since) = (now, std::time::Instant::now());
        }
        Ok((since.elapsed().as_secs() >= 2).then_some(()))
    })
}

fn configuration(site: &Site, folder: &Path, units: &[Unit], interval: u32, enabled: bool) -> Result<Configuration> {
    units
        .iter()
        .try_fold(Configuration::new(site, folder)?, |configuration, unit| {
            let mut lines = unit.lines().to_vec();
            lines.push(format!("inference-interval = {interval}"));
            lines.push(format!("enabled = {enabled}"));
            configuration.camera(&unit.name, &unit.url(), &lines)
        })
}
