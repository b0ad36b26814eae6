//! Models at work: what they find, and how long they take.

mod boxes;
mod race;
mod runner;

pub use boxes::{Look, boxes};
pub use race::{Lap, race};
pub use runner::{MeasureError, Runner, Whose};
