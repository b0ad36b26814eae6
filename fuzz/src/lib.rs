//! What the fuzz targets do with their input. `make fuzz` searches with libFuzzer (`fuzz/libfuzzer`); `make test` runs
//! the inputs of `fuzz/corpus` only.
//!
//! A target ends without a panic, without using much memory and within seconds, whatever its input is; most also check
//! something of what was accepted.

#![expect(clippy::unwrap_used, reason = "test support: what cannot go on has failed")]

pub mod forge;
mod target;

pub use target::{broker_url, envelope, jwk, model_info, onnx, outbox, outputs, passport, recipe};

/// Does something with bytes of which nothing is known.
pub type Target = fn(&[u8]);

/// All targets by the names of their corpora.
pub const TARGETS: [(&str, Target); 9] = [
    ("broker_url", broker_url),
    ("envelope", envelope),
    ("jwk", jwk),
    ("model_info", model_info),
    ("onnx", onnx),
    ("outbox", outbox),
    ("outputs", outputs),
    ("passport", passport),
    ("recipe", recipe),
];
