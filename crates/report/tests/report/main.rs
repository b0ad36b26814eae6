//! Reports as readers get them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod colours;
mod hostile;
mod json;
mod language;
mod outcomes;
mod page;
mod sample;
mod tags;
mod terminal;
