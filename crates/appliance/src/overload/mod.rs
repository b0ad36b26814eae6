//! More work than the box can do: a state, with a policy.
//!
//! What gives way is how often the model looks at a camera. Events never do, and neither do memory or delay: a frame that
//! comes too late is passed over by the detector itself. So the frames that were passed over tell how much too much there
//! is, and those that were looked at tell what the box can do. The policy deals that out among the cameras.

mod meter;
mod plan;
mod policy;
#[cfg(test)]
mod simulation;
mod words;

pub use policy::{Decision, Policy};
