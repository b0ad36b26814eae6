//! What the crate promises, seen from outside.

#![expect(clippy::unwrap_used, reason = "a test may fail here")]

mod classify;
mod decode;
mod families;
mod hostile;
mod isa;
mod models;
mod motion;
mod picture;
mod preprocess;
mod recognize;
mod region;
