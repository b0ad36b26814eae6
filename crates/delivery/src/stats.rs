//! Counts of what was done with events.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use luchs_scene::Utc;

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
    /// Bytes of the sealed events that wait, pending or parked.
    pub waiting_bytes: u64,
    /// How old the oldest event is that waits; up to some seconds behind.
    pub oldest_age: Option<Duration>,
    /// Bytes of the outbox on disk, with its log.
    pub outbox_bytes: u64,
    /// Recipients that events are encrypted for.
    pub recipients: u64,
    /// When our certificate for the broker expires; looked at every minute.
    pub certificate_expires: Option<Utc>,
    /// Whether the broker is connected.
    pub connected: bool,
    /// Since when it is.
    pub connected_since: Option<Utc>,
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
    pub(crate) waiting_bytes: AtomicU64,
    pub(crate) recipients: AtomicU64,
    pub(crate) connected: AtomicBool,
    facts: Mutex<Facts>,
    /// Rounds of the two threads.
    pub(crate) writer_signs: AtomicU64,
    pub(crate) courier_signs: AtomicU64,
    /// Counts the files that the outbox had: it changes when a damaged one is replaced, and numbers begin anew.
    pub(crate) generation: AtomicU64,
    /// Topics on which the broker wants no events at present.
    pub(crate) muted: Mutex<Vec<String>>,
    pub(crate) link_error: Mutex<Option<String>>,
    pub(crate) storage_error: Mutex<Option<String>>,
}

/// What is no count.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// When the oldest event that waits was committed, in milliseconds since 1970.
    pub(crate) oldest: Option<i64>,
    pub(crate) certificate_expires: Option<Utc>,
    connected_since: Option<Utc>,
}

/// Signs of life, for a watchdog: each advances every three seconds at least, also when there is nothing to do, no
/// broker, or no room on the disk. A sign that stands still is of a thread that is stuck: in a disk that gives no answer,
/// or in a listener that does not return. The courier waits for the writer, so it stands still along with it. A damaged
/// outbox of many events takes the writer longer once, to take over what can be read of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// Of the thread that writes the outbox.
    pub writer: u64,
    /// Of the thread that talks to the broker.
    pub courier: u64,
}

pub(crate) fn set_error(place: &Mutex<Option<String>>, error: Option<String>) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = error;
}

impl Counters {
    pub(crate) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_connected(&self, connected: bool) {
        let before = self.connected.swap(connected, Relaxed);
        if before != connected {
            self.facts().connected_since = connected.then(|| SystemTime::now().into());
        }
    }

    pub(crate) fn signs(&self) -> Signs {
        Signs {
            writer: self.writer_signs.load(Relaxed),
            courier: self.courier_signs.load(Relaxed),
        }
    }

    pub(crate) fn set_muted(&self, topics: Vec<String>) {
        *self.muted.lock().unwrap_or_else(PoisonError::into_inner) = topics;
    }

    pub(crate) fn is_muted(&self, topic: &str) -> bool {
        let muted = self.muted.lock().unwrap_or_else(PoisonError::into_inner);
        muted.iter().any(|muted| muted == topic)
    }

    pub(crate) fn snapshot(&self) -> Stats {
        let error = |place: &Mutex<Option<String>>| place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Facts {
            oldest,
            certificate_expires,
            connected_since,
        } = *self.facts();
        let now = Utc::from(SystemTime::now());
        let age = |created: i64| Duration::from_millis(now.millis_since(Utc::from_unix_millis(created)));
        Stats {
            waiting_bytes: self.waiting_bytes.load(Relaxed),
            oldest_age: oldest.map(age),
            outbox_bytes: 0,
            recipients: self.recipients.load(Relaxed),
            certificate_expires,
            connected_since,
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
