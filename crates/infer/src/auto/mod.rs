//! `device=auto`: measures the devices that are present, once for each model and machine.
//!
//! Every candidate runs the model on one drawn [`picture`]. What it answers has to agree ([`agreement`]) with what ONNX
//! Runtime's own CPU kernels answer for the same model; of those that agree the fastest is kept ([`race`]), the CPU where
//! it is as good as the fastest. The result is kept in the cache directory ([`memory`]) until the model, the runtime, the
//! machine or the number of threads is another.

pub mod agreement;
mod candidates;
mod choice;
mod choose;
mod memory;
mod picture;
mod race;
mod runner;

pub use choice::{Choice, Source, Tried, Verdict};
pub(crate) use choose::choose;
