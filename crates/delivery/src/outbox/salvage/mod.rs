//! Reading what can be read of an outbox that may be damaged: by SQLite where it can, page by page where it cannot.

mod pages;
mod record;
mod rows;
#[cfg(test)]
mod tests;

use std::path::Path;

use luchs_scene::Name;

use super::{EventState, StoredEvent};

pub(super) use rows::event_of;

/// No number of ours is higher: a number beyond it is damage, too.
const HIGHEST: u64 = u64::MAX / 4;

/// What could be read of an outbox.
#[derive(Clone, Debug, Default)]
pub struct Salvage {
    /// The events, in their order.
    pub events: Vec<StoredEvent>,
    /// Whose the outbox is, as far as it can still be told.
    pub device: Option<Name>,
    /// Runs of places that could not be read by SQLite, first to last. What was there may be among the events all the
    /// same, found in the file's pages.
    pub damaged: Vec<(u64, u64)>,
    /// Whether SQLite could not read the table of events, or not in its order, so that it was put together from the file's
    /// pages.
    pub from_pages: bool,
}

impl Salvage {
    /// Reads the file and the log beside it. Neither is changed. `acknowledged`: also what the broker has already.
    pub fn read(path: &Path, acknowledged: bool) -> Self {
        let mut salvage = rows::read(path);
        if salvage.from_pages || !salvage.damaged.is_empty() {
            let found = pages::read(path);
            let in_damage = |seq: u64| salvage.damaged.iter().any(|&(from, to)| (from..=to).contains(&seq));
            let found: Vec<_> = found
                .into_values()
                .filter(|event| salvage.from_pages || in_damage(event.seq))
                .collect();
            salvage.events.extend(found);
            salvage.events.sort_by_key(|event| event.seq);
            salvage.events.dedup_by_key(|event| event.seq);
        }
        if salvage.device.is_none() {
            // `<prefix>/<device>/<camera>/events`
            let device = |event: &StoredEvent| event.topic.rsplit('/').nth(2)?.parse().ok();
            salvage.device = salvage.events.iter().find_map(device);
        }
        if !acknowledged {
            salvage.events.retain(|event| event.state != EventState::Acknowledged);
        }
        salvage
    }

    /// Of an outbox that is open: what waits for the broker.
    pub(super) fn of_open(connection: &rusqlite::Connection) -> Self {
        let mut salvage = rows::read_from(connection);
        salvage.events.retain(|event| event.state != EventState::Acknowledged);
        salvage
    }

    /// Whether nothing was in the way.
    pub fn is_whole(&self) -> bool {
        !self.from_pages && self.damaged.is_empty()
    }
}
