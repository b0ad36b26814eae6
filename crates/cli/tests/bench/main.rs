//! `luchs bench` measures the real model and real pipelines, says what it measured, and refuses what it cannot measure.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../common/mod.rs"]
mod common;
mod model;
mod pipeline;
mod support;
