//! ONNX Runtime behind an engine that many streams share; the whole way from a frame to its detections.
//!
//! [`Detector`] is that way: pixels into the input tensor, through an [`Engine`], out as boxes. An [`Engine`] is a model on
//! one [`Device`], with workers and a fair queue; [`Engine::shared`] hands the same one to all who ask for the same.
//! [`ModelSource::open`] gets from a path to both.

pub mod auto;
pub mod cache;
pub mod detector;
pub mod device;
pub mod engine;
mod open;
mod operator;
pub mod progress;
mod providers;
mod runtime;
mod session;
mod telemetry;
mod threads;
pub mod trial;
mod version;

pub use detector::{DetectError, Detector, Timing};
pub use device::{Device, DeviceError};
pub use engine::{Engine, EngineError, EngineOptions, ShareError};
pub use open::{ModelSource, OpenError};
pub use providers::{OPENVINO_VARIABLE, ProviderError};
pub use runtime::{BUNDLED_LIBRARY, LIBRARY_VARIABLE, RuntimeError, library_path};
pub use threads::default_threads;
pub use trial::TrialError;
pub use version::runtime_version;
