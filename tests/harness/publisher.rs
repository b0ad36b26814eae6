//! Starting `luchs-test-publisher`, a publisher to be killed.

use std::path::Path;

use anyhow::{Context as _, Result};
use luchs_scene::{
    Draft, Object, Rect, Size, Utc,
    event::{Kind, TrackedObject},
};

use crate::{Process, Site};

/// The object id of the event that is marked as the last.
pub const LAST_ID: u64 = 999_999;

const FRAME: Size = Size {
    width: 640,
    height: 480,
};

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
    let program = crate::built()?.join("luchs-test-publisher");
    Process::start(folder, &format!("publisher-{run}"), program, |command| {
        command
            .arg(site.file("device"))
            .arg(outbox)
            .arg(site.broker.url())
            .arg(site.pki.ca_file());
        command.arg(&site.device.certificate).arg(&site.device.key);
        command.arg(count.to_string()).arg(if last { "last" } else { "more" });
    })
}

/// How many events the run has committed for certain so far.
pub fn committed(process: &Process) -> u64 {
    let output = process.stdout();
    let last = output
        .lines()
        .filter_map(|line| line.strip_prefix("committed ")?.parse().ok())
        .next_back();
    last.unwrap_or(0)
}

/// The event that object `id` was seen by camera `gate` for the first time.
pub fn draft(id: u64) -> Result<Draft> {
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
        kind: Kind::ObjectNew,
        camera: "gate".parse()?,
        time: now,
        stream_time_ns: None,
        frame: Some(FRAME),
        object: Some(TrackedObject::new(&object, FRAME, now, now, 0.9).context("no track")?),
        gap: None,
        status: None,
    })
}
