//! A real RTSP camera that fails as real ones do, and a plain GStreamer client that shows it.

mod behaviour;
#[expect(clippy::module_inception, reason = "what the folder is named after")]
mod camera;
mod feeder;
mod mute;
mod reel;
mod serving;
mod setup;
mod tamper;
mod viewer;

pub use camera::Camera;
pub use mute::Silence;
pub use reel::{Codec, Encoding};
pub use setup::{Login, Method, Setup};
pub use viewer::{End, Viewer};
