//! The database itself: one connection, used by one thread.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use luchs_scene::Name;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, limits::Limit, params};
use uuid::Uuid;

use crate::settings::Retention;

use super::{
    OutboxError, Refusal, Salvage, StoredEvent,
    damage::{self, Damage},
    file,
    lock::Lock,
    owner::{self, APPLICATION_ID},
};

mod change;
mod schema;
#[cfg(test)]
mod tests;

pub(super) use change::dropped_key;
pub(crate) use change::{Change, Entry};
pub(super) use schema::FORMAT;

pub(super) const PENDING: i64 = 0;
pub(super) const ACKNOWLEDGED: i64 = 1;
pub(super) const PARKED: i64 = 2;

/// A sealed event on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its place in the order; with the current epoch also its number.
    pub(crate) seq: u64,
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    /// Milliseconds since 1970.
    pub(crate) created: i64,
}

/// What became of an event that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Acknowledged,
    Parked(Refusal),
}

/// How many rows there are of each kind, and how many bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) pending: u64,
    pub(crate) acknowledged: u64,
    pub(crate) parked: u64,
    /// Bytes of what is pending or parked.
    pub(crate) waiting_bytes: u64,
    pub(crate) acknowledged_bytes: u64,
}

/// Rows that were given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dropped {
    /// How many rows.
    pub(crate) rows: u64,
    /// How many events are to be announced as missing: the rows, and what those among them that were gaps announced.
    pub(crate) count: u64,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) topic: String,
}

/// The one connection.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    connection: Connection,
    epoch: Uuid,
    next_seq: u64,
    totals: Totals,
    /// Which file it is, wherever it may be now.
    place: Option<(u64, u64)>,
    /// Last, so that it outlives the connection.
    lock: Option<Lock>,
}

impl Store {
    /// Opens or creates the outbox of `device`. A file that is damaged is set aside, and what can be read of it taken over.
    pub(crate) fn open(path: &Path, device: &Name) -> Result<(Self, Option<Damage>), OutboxError> {
        make_folder(path)?;
        let lock = owner::take(path)?;
        let (mut store, damage) = match Self::open_locked(path, device) {
            Err(error) if error.is_damage() => {
                damage::replace(path, device, &error).map(|(store, d)| (store, Some(d)))?
            }
            other => (other?, None),
        };
        store.lock = Some(lock);
        Ok((store, damage))
    }

    /// Gives up a file that turned out to be damaged while it was in use, and begins a new one.
    pub(crate) fn replace(self, error: &OutboxError, device: &Name) -> Result<(Self, Damage), OutboxError> {
        let Self {
            path, connection, lock, ..
        } = self;
        drop(connection);
        let (mut store, damage) = damage::replace(&path, device, error)?;
        store.lock = lock;
        Ok((store, damage))
    }

    /// Whether the file was removed or exchanged while it is open. What is written now would be gone with this process.
    pub(crate) fn is_displaced(&self) -> bool {
        place(&self.path) != self.place
    }

    /// Begins a new file where this one was, with what waits in this one. If that fails, nothing has changed. What is at
    /// its place now is set aside.
    pub(crate) fn move_back(&mut self, device: &Name) -> Result<Damage, OutboxError> {
        make_folder(&self.path)?;
        if !self.lock.as_ref().is_some_and(Lock::is_in_place) {
            let lock = Lock::take(&self.path)?;
            lock.mark();
            self.lock = Some(lock);
        }
        let reason = format!(
            "the outbox {} was removed or exchanged while it was in use",
            self.path.display()
        );
        let salvage = Salvage::of_open(&self.connection);
        let (store, damage) = damage::exchange(&self.path, device, &salvage, reason)?;
        let lock = self.lock.take();
        *self = Self { lock, ..store };
        Ok(damage)
    }

    /// Closes it, with everything in the one file and on disk.
    pub(super) fn close(self) -> Result<(), OutboxError> {
        let busy: bool = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(|source| self.error("written", source))?;
        if busy {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
            return Err(self.error("written", rusqlite::Error::SqliteFailure(code, None)));
        }
        let Self { path, connection, .. } = self;
        connection.close().map_err(|(_, source)| OutboxError::Sqlite {
            path,
            operation: "closed",
            source,
        })
    }

    /// Opens without taking the lock.
    pub(super) fn open_locked(path: &Path, device: &Name) -> Result<Self, OutboxError> {
        owner::open(path)?;
        let fail = |operation| {
            move |source| OutboxError::Sqlite {
                path: path.into(),
                operation,
                source,
            }
        };

        let connection = Connection::open(path).map_err(fail("opened"))?;
        let limited = connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, file::LARGEST_ROW);
        limited.map_err(fail("opened"))?;
        let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
        let empty = pragma("schema_version").map_err(fail("opened"))? == 0;
        let (id, version) = (
            pragma("application_id").map_err(fail("read"))?,
            pragma("user_version").map_err(fail("read"))?,
        );
        if !empty && id != i64::from(APPLICATION_ID) {
            return Err(OutboxError::Foreign { path: path.into(), id });
        }
        if version > FORMAT {
            return Err(OutboxError::Newer {
                path: path.into(),
                version,
            });
        }
        let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 8388608;
                        PRAGMA secure_delete = OFF;";
        if empty {
            // Before there is a journal: so the file itself says from its first byte on whose it is.
            connection
                .execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}"))
                .map_err(fail("created"))?;
        }
        connection.execute_batch(settings).map_err(fail("opened"))?;
        if empty {
            schema::create(&connection, device).map_err(fail("created"))?;
        } else if version < FORMAT {
            schema::migrate(&connection, version).map_err(fail("brought to this version's format"))?;
        }
        let mut store = Self {
            path: path.into(),
            connection,
            epoch: Uuid::nil(),
            next_seq: 0,
            totals: Totals::default(),
            place: place(path),
            lock: None,
        };
        store.check(device)?;
        Ok(store)
    }

    /// Reads what is kept in memory, and makes sure that the file is sound.
    fn check(&mut self, device: &Name) -> Result<(), OutboxError> {
        let fail = |operation| move |store: &Self, source| store.error(operation, source);
        let sound: Result<String, _> = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
        let sound = sound.map_err(|source| fail("checked")(self, source))?;
        if sound != "ok" {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(self.error("checked", rusqlite::Error::SqliteFailure(code, Some(sound))));
        }
        let read = || {
            let found: String = meta(&self.connection, "device")?;
            let epoch: String = meta(&self.connection, "epoch")?;
            Ok((
                found,
                epoch,
                meta::<u64>(&self.connection, "next_seq")?,
                totals(&self.connection)?,
            ))
        };
        let (found, epoch, next_seq, totals) = read().map_err(|source| fail("read")(self, source))?;
        let unreadable = || self.error("read", rusqlite::Error::QueryReturnedNoRows);
        let found: Name = found.parse().map_err(|_| unreadable())?;
        let epoch = epoch.parse().map_err(|_| unreadable())?;
        if found != *device {
            return Err(OutboxError::Device {
                path: self.path.clone(),
                found,
                wanted: device.clone(),
            });
        }
        (self.epoch, self.next_seq, self.totals) = (epoch, next_seq, totals);
        Ok(())
    }

    pub(crate) fn epoch(&self) -> Uuid {
        self.epoch
    }

    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    /// The number of the next event.
    #[cfg(test)]
    pub(crate) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// All or nothing: when it fails, neither the file nor this object has changed.
    pub(crate) fn transact<T>(
        &mut self,
        operation: impl FnOnce(&mut Change<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, OutboxError> {
        let run = || {
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut change = Change {
                transaction,
                next_seq: self.next_seq,
                totals: self.totals,
            };
            let result = operation(&mut change)?;
            let Change {
                transaction,
                next_seq,
                totals,
            } = change;
            if next_seq != self.next_seq {
                let update = "UPDATE meta SET value = ?1 WHERE key = 'next_seq'";
                transaction.prepare_cached(update)?.execute([next_seq])?;
            }
            transaction.commit()?;
            Ok((result, next_seq, totals))
        };
        match run() {
            Ok((result, next_seq, totals)) => {
                (self.next_seq, self.totals) = (next_seq, totals);
                Ok(result)
            }
            Err(source) => Err(self.error("written", source)),
        }
    }

    /// Notes the limits, for those who look at the file.
    pub(crate) fn note_limits(&mut self, retention: &Retention) -> Result<(), OutboxError> {
        // What SQLite cannot hold is no limit.
        let bytes = i64::try_from(retention.bytes).unwrap_or(i64::MAX);
        let limits = [
            ("retention_bytes", bytes),
            ("retention_ms", change::millis(retention.age)),
        ];
        let known = |(key, value): &(&str, i64)| meta(&self.connection, key).is_ok_and(|known: i64| known == *value);
        if limits.iter().all(known) {
            return Ok(());
        }
        self.transact(|change| limits.iter().try_for_each(|(key, value)| change.set_meta(key, *value)))
    }

    /// Takes over events from another file behind all that are here. Their places are not numbers of this epoch, so
    /// another one begins.
    pub(crate) fn adopt_behind(&mut self, events: &[StoredEvent]) -> Result<(), OutboxError> {
        self.epoch = self.transact(|change| change.adopt_behind(events))?;
        Ok(())
    }

    /// Pending events after `after` in their order, without those on the topics in `except`.
    pub(crate) fn pending(&self, after: u64, except: &[String], limit: usize) -> Result<Vec<Row>, OutboxError> {
        let query = "SELECT seq, topic, payload, created FROM event
                     WHERE state = 0 AND seq > ?1 AND topic NOT IN (SELECT value FROM json_each(?2))
                     ORDER BY seq LIMIT ?3";
        let except = serde_json::Value::from(except.to_vec()).to_string();
        let rows = || {
            let mut statement = self.connection.prepare_cached(query)?;
            let rows = statement.query_map(params![after, except, limit as u64], row_of)?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        rows().map_err(|source| self.error("read", source))
    }

    /// When the oldest event that waits was committed, in milliseconds since 1970.
    pub(crate) fn oldest_waiting(&self) -> Result<Option<i64>, OutboxError> {
        let query = "SELECT created FROM event WHERE seq =
                     (SELECT min(seq) FROM (SELECT min(seq) AS seq FROM event WHERE state = 0
                                  UNION ALL SELECT min(seq) FROM event WHERE state = 2))";
        let created = || {
            let mut statement = self.connection.prepare_cached(query)?;
            statement.query_row([], |row| row.get(0)).optional()
        };
        created().map_err(|source| self.error("read", source))
    }

    /// The oldest pending event on `topic`.
    pub(crate) fn oldest_on(&self, topic: &str) -> Result<Option<Row>, OutboxError> {
        let query =
            "SELECT seq, topic, payload, created FROM event WHERE state = 0 AND topic = ?1 ORDER BY seq LIMIT 1";
        let row = || {
            self.connection
                .prepare_cached(query)?
                .query_row([topic], row_of)
                .optional()
        };
        row().map_err(|source| self.error("read", source))
    }

    /// The numbers of the oldest pending events on `topic`.
    pub(crate) fn pending_on(&self, topic: &str, limit: usize) -> Result<Vec<u64>, OutboxError> {
        let query = "SELECT seq FROM event WHERE state = 0 AND topic = ?1 ORDER BY seq LIMIT ?2";
        let numbers = || {
            let mut statement = self.connection.prepare_cached(query)?;
            statement
                .query_map((topic, limit as u64), |row| row.get(0))?
                .collect::<rusqlite::Result<Vec<u64>>>()
        };
        numbers().map_err(|source| self.error("read", source))
    }

    fn error(&self, operation: &'static str, source: rusqlite::Error) -> OutboxError {
        OutboxError::Sqlite {
            path: self.path.clone(),
            operation,
            source,
        }
    }

    /// Makes the file read-only, or lets it be written again.
    #[cfg(test)]
    pub(super) fn set_read_only(&self, read_only: bool) {
        self.connection
            .execute_batch(&format!("PRAGMA query_only = {read_only}"))
            .unwrap();
    }

    /// Makes the disk full, or gives it room again.
    #[cfg(test)]
    pub(super) fn set_full(&self, full: bool) {
        let limit = if full { 1 } else { 1_000_000 };
        // SQLite never goes below what there is already.
        self.connection
            .query_row(&format!("PRAGMA max_page_count = {limit}"), [], |_| Ok(()))
            .unwrap();
    }
}

fn make_folder(path: &Path) -> Result<(), OutboxError> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    fs::create_dir_all(folder).map_err(|source| OutboxError::Folder {
        path: folder.into(),
        source,
    })
}

/// Device and number of the file.
fn place(path: &Path) -> Option<(u64, u64)> {
    let meta = fs::symlink_metadata(path).ok()?;
    Some((meta.dev(), meta.ino()))
}

fn meta<T: rusqlite::types::FromSql>(connection: &Connection, key: &str) -> rusqlite::Result<T> {
    connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
}

fn totals(connection: &Connection) -> rusqlite::Result<Totals> {
    let mut totals = Totals::default();
    let mut query = connection.prepare("SELECT state, count(*), sum(length(payload)) FROM event GROUP BY state")?;
    let rows = query.query_map([], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, u64>(1)?, row.get::<_, u64>(2)?))
    })?;
    for row in rows {
        let (state, count, bytes) = row?;
        match state {
            ACKNOWLEDGED => (totals.acknowledged, totals.acknowledged_bytes) = (count, bytes),
            PARKED => totals.parked = count,
            _ => totals.pending = count,
        }
        if state != ACKNOWLEDGED {
            totals.waiting_bytes += bytes;
        }
    }
    Ok(totals)
}

fn row_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: row.get(0)?,
        topic: row.get(1)?,
        payload: row.get(2)?,
        created: row.get(3)?,
    })
}
