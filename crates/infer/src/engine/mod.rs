//! A model on a device, shared by many streams: its session, its workers and their queue.
//!
//! A [`Slot`] is filled by a stream and waits in the fair queue of the [`pool`]; a worker runs it, alone or with others as
//! a batch; the stream takes the answer out of the same memory.

#[expect(clippy::module_inception, reason = "the thing that the folder is about")]
mod engine;
mod error;
mod output;
mod plan;
mod pool;
mod raw;
mod registry;
mod schedule;
mod slot;
mod stream;
mod tensors;
mod work;

pub use engine::{Engine, EngineOptions};
pub use error::EngineError;
pub use registry::ShareError;

pub(crate) use {
    plan::Plan,
    raw::Program,
    stream::Stream,
    tensors::{Tensors, Values},
};
