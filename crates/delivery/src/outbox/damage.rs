//! A damaged outbox is set aside, never deleted, and what can be read of it is sent all the same.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use luchs_scene::{Name, Utc};

use super::{OutboxError, Salvage, lock::beside, store::Store};

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

/// Sets the damaged file aside and begins a new one with what can be read of it.
pub(super) fn replace(path: &Path, device: &Name, error: &OutboxError) -> Result<(Store, Damage), OutboxError> {
    let aside = set_aside(path)?;
    let mut store = Store::open_locked(path, device)?;
    let salvage = Salvage::read(&aside, false);
    store.transact(|change| salvage.events.iter().try_for_each(|event| change.adopt(event)))?;
    Ok((
        store,
        Damage {
            aside,
            reason: error.to_string(),
            salvaged: salvage.events.len() as u64,
        },
    ))
}

fn set_aside(path: &Path) -> Result<PathBuf, OutboxError> {
    let time = Utc::from(SystemTime::now()).to_string().replace(['-', ':', '.'], "");
    let mut aside = beside(path, &format!(".damaged-{time}"));
    // Two within a millisecond are unlikely, but nothing is ever overwritten.
    while aside.exists() {
        aside = beside(&aside, "+");
    }
    for suffix in ["", "-wal", "-shm"] {
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
