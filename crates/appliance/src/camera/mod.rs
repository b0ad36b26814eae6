//! A camera's pipeline, kept running whatever the camera does.

mod attempt;
mod backoff;
mod face;
mod fault;
mod memory;
mod pulse;
mod supervisor;

pub(crate) use face::Engine;
pub use face::{Face, Life, Load, Phase};
pub use fault::{Fault, FaultKind};
pub use supervisor::{Camera, Listener};
