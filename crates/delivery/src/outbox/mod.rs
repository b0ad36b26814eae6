//! The outbox: events that are sealed and committed to disk before anything is sent.
//!
//! One thread writes ([`writer`]); everyone else puts drafts and commands into its [`inbox`]. What it writes is a
//! SQLite database in WAL mode with `synchronous=FULL`: a committed event survives a power cut. Rows hold sealed bytes
//! only, nothing on disk can be read without a recipient's key.

mod damage;
mod error;
mod file;
mod inbox;
mod lock;
mod owner;
mod recover;
mod refusal;
mod salvage;
mod store;
mod stored;
mod view;
mod writer;

pub use error::OutboxError;
pub(crate) use inbox::{Command, Inbox};
pub use recover::{Recovered, recover, release};
pub use refusal::Refusal;
pub use salvage::Salvage;
pub(crate) use store::{Row, Verdict};
pub use stored::{EventState, StoredEvent};
pub(crate) use view::file_bytes;
pub use view::{Filter, OutboxStatus, OutboxView, Tally, TopicTally};
pub(crate) use writer::{Writer, WriterSettings};
