//! An event as it lies in an outbox.

use luchs_scene::event::Priority;
use serde::de::IgnoredAny;

use super::{
    Refusal,
    store::{ACKNOWLEDGED, Entry, PARKED, PENDING},
};

/// What has become of an event so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventState {
    /// It waits for the broker.
    Pending,
    /// The broker has it. It is kept for a while, in case the broker loses its memory.
    Acknowledged,
    /// The broker refused it for good.
    Parked,
}

impl EventState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Acknowledged, Self::Parked];

    /// The name, for people and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Acknowledged => "acknowledged",
            Self::Parked => "parked",
        }
    }

    pub(super) fn number(self) -> i64 {
        match self {
            Self::Pending => PENDING,
            Self::Acknowledged => ACKNOWLEDGED,
            Self::Parked => PARKED,
        }
    }

    pub(super) fn of(number: i64) -> Self {
        match number {
            ACKNOWLEDGED => Self::Acknowledged,
            PARKED => Self::Parked,
            _ => Self::Pending,
        }
    }
}

/// A sealed event, read from an outbox's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in the order; also its number, unless it was taken over from another file.
    pub seq: u64,
    /// Where to.
    pub topic: String,
    /// The sealed envelope, JSON.
    pub payload: Vec<u8>,
    /// When it was committed, in milliseconds since 1970.
    pub created: i64,
    /// What has become of it.
    pub state: EventState,
    /// What it is worth when there is no room.
    pub priority: Priority,
    /// Why it was refused for good, where that is known.
    pub refused: Option<Refusal>,
    /// Of a gap: how many events it announces, and the first of their numbers.
    pub(crate) gap: Option<(u64, u64)>,
}

impl StoredEvent {
    /// Whether this can be a sealed event at all. SQLite does not notice every damage; nor does this, but readers do.
    pub(super) fn is_sound(&self) -> bool {
        let is_json = |text: &str| text.starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok();
        self.topic.ends_with("/events") && std::str::from_utf8(&self.payload).is_ok_and(is_json)
    }

    pub(super) fn entry(&self) -> Entry<'_> {
        Entry {
            topic: &self.topic,
            payload: &self.payload,
            priority: self.priority,
            gap: self.gap,
        }
    }
}

pub(super) fn priority_of(number: i64) -> Priority {
    let known = usize::try_from(number).ok().and_then(|place| Priority::ALL.get(place));
    known.copied().unwrap_or(Priority::Change)
}
