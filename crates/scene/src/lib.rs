//! What Luchs sees and says: boxes, labels, objects, events, times and topics.
//!
//! Every other crate speaks in these types. Nothing here does input or output, reads a clock or draws a random number.

pub mod event;
pub mod geometry;
pub mod label;
pub mod latency;
pub mod name;
pub mod object;
mod printable;
pub mod time;

pub use event::{Draft, Event};
pub use geometry::{Rect, Size};
pub use label::Labels;
pub use latency::{Histogram, Latencies};
pub use name::Name;
pub use object::{Detection, Object};
pub use printable::printable;
pub use time::Utc;
