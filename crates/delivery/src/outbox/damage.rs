//! A damaged outbox is set aside, never deleted, and what can be read of it is sent all the same.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use luchs_scene::{Name, Utc};

use super::{OutboxError, Salvage, lock::beside, store::Store};

/// The new file, as long as it is not complete.
const FRESH: &str = ".new";
/// The database and what SQLite puts beside it.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// What was done about a damaged file.
#[derive(Clone, Debug)]
pub(crate) struct Damage {
    /// Where the damaged file is now.
    pub(crate) aside: PathBuf,
    /// What was wrong with it.
    pub(crate) reason: String,
    /// How many undelivered events were taken over from it.
    pub(crate) salvaged: u64,
}

/// Exchanges the damaged file for a new one with what can be read of it.
pub(super) fn replace(path: &Path, device: &Name, error: &OutboxError) -> Result<(Store, Damage), OutboxError> {
    exchange(path, device, &Salvage::read(path, false), error.to_string())
}

/// Makes a new file of `salvage`, and then exchanges it for what is at `path`, which is set aside. Until the new one is
/// complete and on disk nothing changes, so a full disk or a crash costs nothing: it is done again.
pub(super) fn exchange(
    path: &Path,
    device: &Name,
    salvage: &Salvage,
    reason: String,
) -> Result<(Store, Damage), OutboxError> {
    let fresh = beside(path, FRESH);
    for suffix in SUFFIXES {
        remove(&beside(&fresh, suffix))?;
    }
    let mut store = Store::open_locked(&fresh, device)?;
    store.transact(|change| salvage.events.iter().try_for_each(|event| change.adopt(event)))?;
    store.close()?;
    let aside = set_aside(path)?;
    finish(path)?;
    Ok((
        Store::open_locked(path, device)?,
        Damage {
            aside,
            reason,
            salvaged: salvage.events.len() as u64,
        },
    ))
}

/// Ends an exchange that was broken off after the damaged file had been set aside: then only the new one is there.
pub(super) fn finish(path: &Path) -> Result<(), OutboxError> {
    let fresh = beside(path, FRESH);
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    if is_there(path) || !is_there(&fresh) {
        return Ok(());
    }
    // A log of the damaged file must not meet the new one.
    if SUFFIXES.iter().any(|suffix| is_there(&beside(path, suffix))) {
        set_aside(path)?;
    }
    let fail = |source| OutboxError::File {
        path: path.into(),
        source,
    };
    fs::rename(&fresh, path).map_err(fail)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::File::open(folder.unwrap_or(Path::new("."))).map_err(fail)?;
    folder.sync_all().map_err(fail)
}

fn remove(path: &Path) -> Result<(), OutboxError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(OutboxError::File {
            path: path.into(),
            source,
        }),
        _ => Ok(()),
    }
}

fn set_aside(path: &Path) -> Result<PathBuf, OutboxError> {
    let time = Utc::from(SystemTime::now()).to_string().replace(['-', ':', '.'], "");
    let mut aside = beside(path, &format!(".damaged-{time}"));
    // Two within a millisecond are unlikely, but nothing is ever overwritten.
    while aside.exists() {
        aside = beside(&aside, "+");
    }
    for suffix in SUFFIXES {
        match fs::rename(beside(path, suffix), beside(&aside, suffix)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(OutboxError::File {
                    path: beside(path, suffix),
                    source,
                });
            }
            _ => {}
        }
    }
    Ok(aside)
}
