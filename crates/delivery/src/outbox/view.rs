//! What is in an outbox, for a person who looks: while its publisher runs, and while it does not.

use std::{
    fs,
    path::{Path, PathBuf},
};

use luchs_scene::{
    Name,
    event::{GapReason, Priority},
};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{
    EventState, OutboxError, Refusal, StoredEvent, file, salvage::event_of, store::dropped_key, stored::priority_of,
};

/// Most rows that are read at a time. In between, the publisher may tidy up its log.
const PAGE: u64 = 256;

/// An outbox, open for reading.
#[derive(Debug)]
pub struct OutboxView {
    path: PathBuf,
    connection: Connection,
    schema: i64,
}

/// Events of one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The state.
    pub state: EventState,
    /// How many.
    pub count: u64,
    /// Bytes of sealed events.
    pub bytes: u64,
    /// When the oldest and the newest of them were committed, in milliseconds since 1970.
    pub oldest: Option<i64>,
    /// The newest.
    pub newest: Option<i64>,
}

/// What there is on one topic of one state and priority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicTally {
    /// The topic.
    pub topic: String,
    /// The state.
    pub state: EventState,
    /// The priority.
    pub priority: Priority,
    /// Why they were refused for good, where that is known.
    pub refused: Option<Refusal>,
    /// How many.
    pub count: u64,
    /// Bytes of sealed events.
    pub bytes: u64,
}

/// An outbox as it is at one moment.
#[derive(Clone, Debug)]
pub struct OutboxStatus {
    /// Whose it is.
    pub device: Name,
    /// The numbering.
    pub epoch: Uuid,
    /// The number of the next event.
    pub next_seq: u64,
    /// Version of the tables.
    pub schema: i64,
    /// One for each state, in the order of [`EventState::ALL`].
    pub tallies: Vec<Tally>,
    /// In finer parts.
    pub topics: Vec<TopicTally>,
    /// Events that retention has given up, ever.
    pub dropped_by_retention: u64,
    /// Events that were given up because the file could not be written, ever.
    pub dropped_by_storage: u64,
    /// Most bytes that may wait, as the last publisher wanted it.
    pub retention_bytes: Option<u64>,
    /// Longest time that an event may wait, in milliseconds.
    pub retention_ms: Option<u64>,
    /// Bytes of the file and of the log beside it.
    pub file_bytes: u64,
    /// The process that uses it; 0 if it cannot be seen which.
    pub used_by: Option<u32>,
    /// Damaged files that were set aside.
    pub set_aside: Vec<PathBuf>,
}

/// Which events to look at.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of these states; none: of all.
    pub states: Vec<EventState>,
    /// On this topic only.
    pub topic: Option<String>,
    /// At most so many, from the oldest.
    pub limit: Option<u64>,
}

impl OutboxView {
    /// Opens it without disturbing its publisher, if there is one, and without changing anything.
    pub fn open(path: &Path) -> Result<Self, OutboxError> {
        if !path
            .symlink_metadata()
            .is_ok_and(|meta| meta.len() > 0 || !meta.is_file())
        {
            return Err(OutboxError::Missing { path: path.into() });
        }
        let connection = file::open(path)?;
        let mut view = Self {
            path: path.into(),
            connection,
            schema: 0,
        };
        view.schema = view.read(|connection| connection.query_row("PRAGMA user_version", [], |row| row.get(0)))?;
        Ok(view)
    }

    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, OutboxError> {
        query(&self.connection).map_err(|source| OutboxError::Sqlite {
            path: self.path.clone(),
            operation: "read",
            source,
        })
    }

    /// Counts everything, all at the same moment.
    pub fn status(&self) -> Result<OutboxStatus, OutboxError> {
        let file_bytes = file_bytes(&self.path);
        let mut status = self.read(|connection| {
            let transaction = connection.unchecked_transaction()?;
            let text = |key: &str| meta::<String>(&transaction, key);
            let broken = |_| rusqlite::Error::QueryReturnedNoRows;
            let number = |key: &str| meta::<u64>(&transaction, key);
            Ok(OutboxStatus {
                device: text("device")?.unwrap_or_default().parse().map_err(broken)?,
                epoch: text("epoch")?
                    .unwrap_or_default()
                    .parse()
                    .map_err(|_| rusqlite::Error::QueryReturnedNoRows)?,
                next_seq: number("next_seq")?.ok_or(rusqlite::Error::QueryReturnedNoRows)?,
                schema: self.schema,
                tallies: tallies(&transaction)?,
                topics: self.topics(&transaction)?,
                dropped_by_retention: number(dropped_key(GapReason::Retention))?.unwrap_or(0),
                dropped_by_storage: number(dropped_key(GapReason::StorageFailed))?.unwrap_or(0),
                retention_bytes: number("retention_bytes")?,
                retention_ms: number("retention_ms")?,
                file_bytes,
                used_by: None,
                set_aside: Vec::new(),
            })
        })?;
        // Without /proc it cannot be told.
        status.used_by = file::user_of(&self.path).unwrap_or_default();
        status.set_aside = set_aside(&self.path);
        Ok(status)
    }

    fn topics(&self, connection: &Connection) -> rusqlite::Result<Vec<TopicTally>> {
        let priority = if self.schema < 2 { "1" } else { "priority" };
        let refused = if self.schema < 3 { "NULL" } else { "refused" };
        let mut query = connection.prepare(&format!(
            "SELECT topic, state, {priority}, count(*), sum(length(payload)), {refused} FROM event
             GROUP BY topic, state, {priority}, {refused} ORDER BY 1, 2, 3, 6"
        ))?;
        let rows = query.query_map([], |row| {
            Ok(TopicTally {
                topic: row.get(0)?,
                state: EventState::of(row.get(1)?),
                priority: priority_of(row.get(2)?),
                count: row.get(3)?,
                bytes: row.get(4)?,
                refused: row.get::<_, Option<i64>>(5)?.and_then(Refusal::of),
            })
        })?;
        rows.collect()
    }

    /// Gives `each` event that fits `filter` to a function, oldest first, until it says that it has enough (false).
    pub fn events<E: From<OutboxError>>(
        &self,
        filter: &Filter,
        mut each: impl FnMut(StoredEvent) -> Result<bool, E>,
    ) -> Result<(), E> {
        let more = match self.schema {
            ..2 => "1, 0, NULL, NULL",
            2 => "priority, lost, lost_from, NULL",
            _ => "priority, lost, lost_from, refused",
        };
        let wanted = |state: EventState| filter.states.is_empty() || filter.states.contains(&state);
        let states: Vec<_> = EventState::ALL.into_iter().filter(|state| wanted(*state)).collect();
        let query = format!(
            "SELECT seq, topic, payload, created, state, {more} FROM event
             WHERE seq > ?1 AND state IN (SELECT value FROM json_each(?2)) AND topic = coalesce(?3, topic)
             ORDER BY seq LIMIT ?4"
        );
        let states =
            serde_json::Value::from(states.into_iter().map(EventState::number).collect::<Vec<_>>()).to_string();
        let (mut after, mut left) = (0, filter.limit.unwrap_or(u64::MAX));
        while left > 0 {
            let page = self.read(|connection| {
                let mut statement = connection.prepare_cached(&query)?;
                let rows = statement.query_map(params![after, states, filter.topic, left.min(PAGE)], event_of)?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            })?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            for event in page {
                left -= 1;
                if !each(event)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Bytes of the file and of the log beside it.
pub(crate) fn file_bytes(path: &Path) -> u64 {
    let files = ["", "-wal"].iter();
    let files = files.filter_map(|suffix| fs::metadata(super::lock::beside(path, suffix)).ok());
    files.map(|meta| meta.len()).sum()
}

fn tallies(connection: &Connection) -> rusqlite::Result<Vec<Tally>> {
    let mut query = connection.prepare(
        "SELECT count(*), coalesce(sum(length(payload)), 0), min(created), max(created) FROM event WHERE state = ?1",
    )?;
    let mut tally = |state: EventState| {
        query.query_row([state.number()], |row| {
            Ok(Tally {
                state,
                count: row.get(0)?,
                bytes: row.get(1)?,
                oldest: row.get(2)?,
                newest: row.get(3)?,
            })
        })
    };
    EventState::ALL.into_iter().map(&mut tally).collect()
}

fn meta<T: rusqlite::types::FromSql>(connection: &Connection, key: &str) -> rusqlite::Result<Option<T>> {
    let query = "SELECT value FROM meta WHERE key = ?1";
    connection.query_row(query, [key], |row| row.get(0)).optional()
}

/// The damaged files beside `path`, oldest first.
fn set_aside(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Ok(entries) = fs::read_dir(folder.unwrap_or(Path::new("."))) else {
        return Vec::new();
    };
    let Some(name) = path.file_name() else {
        return Vec::new();
    };
    let prefix = format!("{}.damaged-", name.to_string_lossy());
    let mut found: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| name.starts_with(&prefix) && !name.ends_with("-wal") && !name.ends_with("-shm"))
        .map(|name| path.with_file_name(name))
        .collect();
    found.sort();
    found
}
