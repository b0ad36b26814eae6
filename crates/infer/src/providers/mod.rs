//! The ways to a device: what the runtime has built in, and plug-ins that are registered with it.

mod apply;
mod error;
mod metadata;
mod nvidia;
mod openvino;
mod tensorrt;

pub use error::ProviderError;
pub use openvino::OPENVINO_VARIABLE;

pub(crate) use apply::{Load, apply, builds};
pub(crate) use nvidia::present as nvidia_present;
pub(crate) use openvino::{Plugin, devices as openvino_devices};
pub(crate) use tensorrt::is_built as tensorrt_is_built;
