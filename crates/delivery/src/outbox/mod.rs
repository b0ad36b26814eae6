//! The outbox: events that are sealed and committed to disk before anything is sent.
//!
//! One thread writes ([`writer`]); everyone else puts drafts and commands into its [`inbox`]. What it writes is a
//! SQLite database in WAL mode with `synchronous=FULL`: a committed event survives a power cut. Rows hold sealed bytes
//! only, nothing on disk can be read without a recipient's key.

mod damage;
mod error;
mod inbox;
mod lock;
mod owner;
mod store;
mod writer;

pub use error::OutboxError;
pub(crate) use inbox::{Command, Inbox};
pub(crate) use store::{Row, Verdict};
pub(crate) use writer::{Writer, WriterSettings};
