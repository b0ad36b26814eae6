//! Counts of what was done with events.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

/// A snapshot. Counts are of this process, except `pending` and `parked`, which are of the outbox as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Events handed in.
    pub submitted: u64,
    /// Events sealed and committed to the outbox.
    pub committed: u64,
    /// Events that the broker has acknowledged, also those of earlier runs. Falls when it lost them and they are sent
    /// again.
    pub acknowledged: u64,
    /// Events in the outbox that the broker has not acknowledged.
    pub pending: u64,
    /// Events that the broker refused for good. Tried again at the next start.
    pub parked: u64,
    /// Events given up: by retention, or because the outbox could not be written for too long. Each is in a `gap` event.
    pub dropped: u64,
    /// How often the broker said that nobody subscribes to an event. It stays pending.
    pub unsubscribed: u64,
    /// Events that were sent a second time because the broker had lost its memory.
    pub replayed: u64,
    /// Whether the broker is connected.
    pub connected: bool,
    /// What went wrong last, until it works again.
    pub last_error: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) submitted: AtomicU64,
    pub(crate) committed: AtomicU64,
    pub(crate) acknowledged: AtomicU64,
    pub(crate) pending: AtomicU64,
    pub(crate) parked: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) unsubscribed: AtomicU64,
    pub(crate) replayed: AtomicU64,
    pub(crate) connected: AtomicBool,
    /// Counts the files that the outbox had: it changes when a damaged one is replaced, and numbers begin anew.
    pub(crate) generation: AtomicU64,
    /// Topics on which the broker wants no events at present.
    pub(crate) muted: Mutex<Vec<String>>,
    pub(crate) link_error: Mutex<Option<String>>,
    pub(crate) storage_error: Mutex<Option<String>>,
}

pub(crate) fn set_error(place: &Mutex<Option<String>>, error: Option<String>) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = error;
}

impl Counters {
    pub(crate) fn set_muted(&self, topics: Vec<String>) {
        *self.muted.lock().unwrap_or_else(PoisonError::into_inner) = topics;
    }

    pub(crate) fn is_muted(&self, topic: &str) -> bool {
        let muted = self.muted.lock().unwrap_or_else(PoisonError::into_inner);
        muted.iter().any(|muted| muted == topic)
    }

    pub(crate) fn snapshot(&self) -> Stats {
        let error = |place: &Mutex<Option<String>>| place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Stats {
            submitted: self.submitted.load(Relaxed),
            committed: self.committed.load(Relaxed),
            acknowledged: self.acknowledged.load(Relaxed),
            pending: self.pending.load(Relaxed),
            parked: self.parked.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            unsubscribed: self.unsubscribed.load(Relaxed),
            replayed: self.replayed.load(Relaxed),
            connected: self.connected.load(Relaxed),
            last_error: error(&self.storage_error).or_else(|| error(&self.link_error)),
        }
    }
}
