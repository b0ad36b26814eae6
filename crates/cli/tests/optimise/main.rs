//! `luchs optimise`: from a model and footage to a model that earned its place; and every way in which it does not come to
//! that.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../../../infer/tests/models/mod.rs"]
mod models;
mod refusals;
mod stopping;
mod support;
mod whole;
