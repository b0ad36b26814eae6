//! What follows from detections over time: tracks and the life cycle of events.
//!
//! Pure: time comes in as an argument, nothing here does input or output, and the same input gives the same output.

pub mod lifecycle;
pub mod tracker;

pub use lifecycle::Lifecycle;
pub use tracker::Tracker;
