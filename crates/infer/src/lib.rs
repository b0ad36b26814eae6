//! ONNX Runtime sessions shared between elements; the whole way from a frame to its detections.
//!
//! [`Detector`] is that way: pixels into the input tensor, through an [`Engine`], out as boxes. An [`Engine`] is one
//! session of the runtime on one [`Device`]; [`Engine::shared`] hands the same one to all who name the same id.
//! [`ModelSource::open`] gets from a path to both.

mod buffer;
mod convert;
pub mod detector;
pub mod device;
pub mod engine;
mod open;
mod registry;
mod runtime;
mod session;
mod threads;

pub use detector::{DetectError, Detector, Timing};
pub use device::{Device, DeviceError};
pub use engine::{Engine, EngineError, EngineOptions, Input, Outputs};
pub use open::{ModelSource, OpenError};
pub use registry::ShareError;
pub use runtime::{BUNDLED_LIBRARY, LIBRARY_VARIABLE, RuntimeError, library_path};
pub use threads::default_threads;
