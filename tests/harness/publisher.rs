//! Starting `luchs-test-publisher`, a publisher to be killed.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use luchs_scene::{
    Draft, Object, Rect, Size, Utc,
    event::{Kind, TrackedObject},
};
use serde::{Deserialize, Serialize};

use crate::{Process, Site};

/// The object id of the event that is marked as the last.
pub const LAST_ID: u64 = 999_999_999;

const FRAME: Size = Size {
    width: 640,
    height: 480,
};

/// What a publisher is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Orders {
    /// Folder with the device's key and its recipients.
    pub keys: PathBuf,
    /// The outbox.
    pub outbox: PathBuf,
    /// `mqtts://…`.
    pub broker: String,
    /// PEM file of the authority.
    pub ca: PathBuf,
    /// PEM file of the certificate.
    pub certificate: PathBuf,
    /// PEM file of its key.
    pub key: PathBuf,
    /// Id of the first event.
    pub first: u64,
    /// How many events.
    pub count: u64,
    /// Cameras `gate`, `gate-1`, … that take turns.
    pub cameras: u64,
    /// Frames a second, each with one event of every camera; 0: as fast as the outbox takes them.
    pub rate: u64,
    /// After so many events it waits for the commit and says so.
    pub step: u64,
    /// What to do at the end.
    pub end: End,
    /// Most bytes that may wait.
    pub retention: Option<u64>,
    /// The event of this id is some kilobytes larger than the others.
    pub large: Option<u64>,
}

/// What a publisher does when it has submitted all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// Ends, as soon as all is on disk.
    Leave,
    /// Marks the last event and waits until everything is acknowledged, for so many seconds at most.
    Drain(u64),
    /// Waits to be killed.
    Stay,
}

impl Orders {
    /// `count` events of one camera, as fast as possible, at the site's broker and with the site's outbox.
    pub fn new(site: &Site, first: u64, count: u64, end: End) -> Self {
        Self {
            keys: site.file("device"),
            outbox: site.file("outbox.db"),
            broker: site.broker.url(),
            ca: site.pki.ca_file(),
            certificate: site.device.certificate.clone(),
            key: site.device.key.clone(),
            first,
            count,
            cameras: 1,
            rate: 0,
            step: 50,
            end,
            retention: None,
            large: None,
        }
    }

    /// Starts it; its output goes to files in `folder`.
    pub fn start(&self, folder: &Path, name: &str) -> Result<Process> {
        let program = crate::built()?.join("luchs-test-publisher");
        let orders = serde_json::to_string(self)?;
        Process::start(folder, name, program, |command| {
            command.arg(orders);
        })
    }

    /// The same through another program, which is given the publisher's command line as arguments.
    pub fn start_through(
        &self,
        folder: &Path,
        name: &str,
        program: &str,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<Process> {
        let publisher = crate::built()?.join("luchs-test-publisher");
        let orders = serde_json::to_string(self)?;
        Process::start(folder, name, program, |command| {
            prepare(command);
            command.arg(publisher).arg(orders);
        })
    }
}

/// Starts a run that submits `count` events; with `last` it then marks the end and waits for all acknowledgements.
pub fn start(site: &Site, folder: &Path, run: usize, count: u64, last: bool) -> Result<Process> {
    start_with_outbox(site, folder, run, &site.file("outbox.db"), count, last)
}

/// The same with an outbox at another place.
pub fn start_with_outbox(
    site: &Site,
    folder: &Path,
    run: usize,
    outbox: &Path,
    count: u64,
    last: bool,
) -> Result<Process> {
    let end = if last { End::Drain(60) } else { End::Leave };
    let orders = Orders {
        outbox: outbox.to_owned(),
        ..Orders::new(site, 1, count, end)
    };
    orders.start(folder, &format!("publisher-{run}"))
}

/// How many events the run has committed for certain so far.
pub fn committed(process: &Process) -> u64 {
    let output = process.stdout();
    // The last line may be half written.
    let whole = output.rfind('\n').map_or("", |end| &output[..end]);
    let last = whole
        .lines()
        .filter_map(|line| line.strip_prefix("committed ")?.parse().ok())
        .next_back();
    last.unwrap_or(0)
}

/// The event that object `id` was seen by camera `gate` for the first time.
pub fn draft(id: u64) -> Result<Draft> {
    draft_of("gate", id)
}

/// The event that object `id` was seen by `camera` for the first time.
pub fn draft_of(camera: &str, id: u64) -> Result<Draft> {
    let now = Utc::from(std::time::SystemTime::now());
    let rect = Rect {
        x: 10.0,
        y: 20.0,
        w: 30.0,
        h: 60.0,
    };
    let object = Object {
        rect,
        label_id: 0,
        label: "person".into(),
        confidence: 0.9,
        track_id: Some(id),
    };
    Ok(Draft {
        frame: Some(FRAME),
        object: Some(TrackedObject::new(&object, FRAME, now, now, 0.9).context("no track")?),
        ..Draft::new(Kind::ObjectNew, camera.parse()?, now)
    })
}

/// The name of the camera that event `id` belongs to.
pub fn camera(id: u64, cameras: u64) -> String {
    match id % cameras.max(1) {
        0 => "gate".into(),
        number => format!("gate-{number}"),
    }
}
