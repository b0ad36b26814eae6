//! The rows that SQLite can read, around those that it cannot.

use std::path::Path;

use rusqlite::{Connection, Statement};

use super::{HIGHEST, Salvage};
use crate::outbox::{EventState, Refusal, StoredEvent, file, stored::priority_of};

/// Where the end cannot be found, so many places in a row that cannot be read are taken for it.
const PATIENCE: u64 = 100_000;

pub(super) fn read(path: &Path) -> Salvage {
    file::connect(path).map_or_else(
        |_| Salvage {
            from_pages: true,
            ..Salvage::default()
        },
        |connection| read_from(&connection),
    )
}

pub(super) fn read_from(connection: &Connection) -> Salvage {
    let mut salvage = Salvage::default();
    let device: Option<String> = one(connection, "SELECT value FROM meta WHERE key = 'device'");
    salvage.device = device.and_then(|device| device.parse().ok());
    let Some(mut statement) = statement(connection) else {
        salvage.from_pages = true;
        return salvage;
    };
    let last = one(connection, "SELECT value - 1 FROM meta WHERE key = 'next_seq'")
        .or_else(|| one(connection, "SELECT max(seq) FROM event NOT INDEXED"))
        .filter(|last| *last < HIGHEST);
    let mut next = 0;
    // Where the present stretch of damage began.
    let mut damage = None;
    loop {
        let stretch = up_to_damage(&mut statement, next);
        if let Some(first) = stretch.events.first()
            && let Some(from) = damage.take()
        {
            salvage.damaged.push((from, first.seq.saturating_sub(1)));
        }
        next = stretch.events.last().map_or(next, |event| event.seq + 1);
        salvage.events.extend(stretch.events);
        if stretch.end == End::Disorder {
            // What else it would say cannot be believed.
            salvage.from_pages = true;
            return salvage;
        }
        if stretch.end == End::Last {
            break;
        }
        // Some numbers further the next page may be sound.
        let from = *damage.get_or_insert(next);
        next += 1;
        if next > last.unwrap_or(from + PATIENCE) {
            break;
        }
    }
    if let Some(from) = damage {
        salvage.damaged.push((from, last.unwrap_or(HIGHEST).max(from)));
    }
    salvage
}

struct Stretch {
    /// Each number once, in order.
    events: Vec<StoredEvent>,
    end: End,
}

/// Why a stretch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// There are no more.
    Last,
    /// The next place cannot be read.
    Damage,
    /// Rows come in another order than that of their numbers: the tree of pages is damaged, and SQLite does not see it.
    Disorder,
}

fn up_to_damage(statement: &mut Statement<'_>, from: u64) -> Stretch {
    let mut stretch = Stretch {
        events: Vec::new(),
        end: End::Damage,
    };
    let Ok(mut rows) = statement.query([from]) else {
        return stretch;
    };
    loop {
        match rows.next() {
            Ok(None) => {
                stretch.end = End::Last;
                return stretch;
            }
            Ok(Some(row)) => match event_of(row) {
                Ok(event) if event.seq < from || stretch.events.last().is_some_and(|last| event.seq <= last.seq) => {
                    stretch.end = End::Disorder;
                    return stretch;
                }
                Ok(event) if (1..HIGHEST).contains(&event.seq) && event.is_sound() => stretch.events.push(event),
                _ => return stretch,
            },
            Err(_) => return stretch,
        }
    }
}

/// All columns, also of earlier versions.
fn statement(connection: &Connection) -> Option<Statement<'_>> {
    let query = |more: &str| {
        format!(
            "SELECT seq, topic, payload, created, state, {more} FROM event NOT INDEXED WHERE seq >= ?1 ORDER BY seq"
        )
    };
    let columns = [
        "priority, lost, lost_from, refused",
        "priority, lost, lost_from, NULL",
        "1, 0, NULL, NULL",
    ];
    columns
        .into_iter()
        .find_map(|more| connection.prepare(&query(more)).ok())
}

pub(in crate::outbox) fn event_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredEvent> {
    let (lost, lost_from): (u64, Option<u64>) = (row.get(6)?, row.get(7)?);
    Ok(StoredEvent {
        seq: row.get(0)?,
        topic: row.get(1)?,
        payload: row.get(2)?,
        created: row.get(3)?,
        state: EventState::of(row.get(4)?),
        priority: priority_of(row.get(5)?),
        // Not worth an event, if it cannot be read.
        refused: row.get(8).ok().and_then(Refusal::of),
        gap: lost_from.map(|from| (lost, from)),
    })
}

fn one<T: rusqlite::types::FromSql>(connection: &Connection, query: &str) -> Option<T> {
    connection.query_row(query, [], |row| row.get(0)).ok()
}
