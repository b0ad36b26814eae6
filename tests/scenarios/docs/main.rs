//! What the pages in docs/ say is so: the elements as the registry has them, events as the schema has them, commands as
//! the program has them, links and pictures where they are looked for. `UPDATE_DOCS=1` writes the pages that are made, and
//! fails no test for their age.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod commands;
mod elements;
mod events;
mod links;
mod page;
mod properties;
mod section;
