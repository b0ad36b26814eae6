//! Starting `luchs-test-publisher`, a publisher to be killed.

use std::path::Path;

use anyhow::Result;

use crate::{Process, Site};

/// The object id of the event that is marked as the last.
pub const LAST_ID: u64 = 999_999;

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
