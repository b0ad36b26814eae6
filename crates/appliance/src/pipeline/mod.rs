//! From a camera's configuration to its launch line.
//!
//! The lines are those of `pipelines/`: what the appliance runs is what a person can paste after `gst-launch-1.0`.

mod build;
mod credentials;
mod decoder;
mod delivery;
mod line;
mod render;
pub mod template;

pub(crate) use build::{BuildError, Built, Refused, build};
pub use credentials::{Credentials, CredentialsError};
pub(crate) use decoder::{Decoder, look as look_at_decoder};
pub use delivery::delivery;
pub use line::{Kind, Line, LineError};
pub use render::render;
