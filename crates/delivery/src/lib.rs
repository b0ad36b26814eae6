//! Events that arrive: the outbox on disk, and the courier that empties it over MQTT; for the other side, the ledger
//! that tells a subscriber what it has seen and what is missing.
//!
//! What goes in must come out: an event is sealed and committed before anything is sent, and stays in the outbox until
//! the broker has acknowledged this very event. Delivery is at least once; by `(device, epoch, seq)` its effect is
//! exactly once. Not for pictures, and not a general message queue.

mod backoff;
mod claim;
mod clock;
mod courier;
mod delivery;
mod error;
mod expiry;
mod ledger;
mod mqtt;
mod notice;
mod outbox;
mod report;
mod retained;
mod settings;
mod stats;
mod subscription;

pub use backoff::Backoff;
pub use claim::{Claim, Drained};
pub use delivery::Delivery;
pub use error::OpenError;
pub use ledger::{GapReport, Ledger, Seen};
pub use mqtt::{BrokerUrl, BrokerUrlError, TlsError};
pub use notice::{Listener, Notice, Severity, Topic};
pub use outbox::{
    EventState, Filter, OutboxError, OutboxStatus, OutboxView, Recovered, Refusal, Salvage, StoredEvent, Tally,
    TopicTally, recover, release,
};
pub use retained::RetainError;
pub use settings::{BrokerSettings, Replay, Retention, Settings};
pub use stats::{Signs, Stats};
pub use subscription::{Incoming, Message, Subscription, SubscriptionSettings};
