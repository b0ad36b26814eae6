//! A damaged outbox is set aside, never deleted, and what can be read of it is sent all the same.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use luchs_scene::{Name, Utc};
use rusqlite::{Connection, OpenFlags};

use super::{
    OutboxError,
    lock::beside,
    store::{Row, Store, row_of},
};

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
    let rows = readable(&aside);
    store.transact(|change| rows.iter().try_for_each(|row| change.adopt(row)))?;
    Ok((
        store,
        Damage {
            aside,
            reason: error.to_string(),
            salvaged: rows.len() as u64,
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

/// The undelivered events that can be read: from the front up to the damage, then from the back down to it.
fn readable(aside: &Path) -> Vec<Row> {
    let Ok(connection) = Connection::open_with_flags(aside, OpenFlags::SQLITE_OPEN_READ_ONLY) else {
        return Vec::new();
    };
    let mut rows = read(&connection, "seq >= ?1 ORDER BY seq", 0);
    let after = rows.last().map_or(0, |row| row.seq + 1);
    let mut back = read(&connection, "seq >= ?1 ORDER BY seq DESC", after);
    back.reverse();
    rows.append(&mut back);
    rows
}

fn read(connection: &Connection, which: &str, from: u64) -> Vec<Row> {
    let query = format!("SELECT seq, topic, payload, created FROM event NOT INDEXED WHERE state != 1 AND {which}");
    let Ok(mut statement) = connection.prepare(&query) else {
        return Vec::new();
    };
    let Ok(rows) = statement.query_map([from], row_of) else {
        return Vec::new();
    };
    // Up to the first error: behind it nothing of this direction can be trusted.
    rows.map_while(Result::ok)
        .filter(|row| row.seq > 0 && row.seq < u64::MAX / 4)
        .collect()
}
