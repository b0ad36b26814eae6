//! A device, added to a session that is being made.

use luchs_model::OnnxFile;
use ort::{
    environment::Environment,
    ep::{CPU, ExecutionProvider as _},
    session::builder::SessionBuilder,
};

use super::{ProviderError, nvidia, openvino, tensorrt};
use crate::{Device, session::reason};

/// How a session will be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    /// Threads that compute one frame together.
    pub(crate) threads: usize,
    /// Frames that are computed at the same time.
    pub(crate) runs: usize,
    /// Most frames of a run, where the model and the device take several.
    pub(crate) batch: usize,
}

/// Adds `device`; one that is absent is an error.
pub(crate) fn apply(
    builder: SessionBuilder,
    environment: &Environment,
    file: &OnnxFile,
    device: &Device,
    load: Load,
) -> Result<SessionBuilder, ProviderError> {
    match device {
        Device::Auto | Device::Cpu => cpu(builder, environment),
        Device::Cuda(number) => nvidia::append(builder, vec![nvidia::cuda(*number)], false),
        Device::TensorRt(number) => nvidia::append(builder, tensorrt::providers(file, *number, load.batch), true),
        Device::OpenVino(name) => openvino::append(builder, environment, name, load),
    }
}

/// Names the CPU as what the session runs on. ort asks the runtime to choose where nobody is named, and the runtime then
/// takes whatever plug-in was registered, also for a model that shall run on the CPU.
fn cpu(builder: SessionBuilder, environment: &Environment) -> Result<SessionBuilder, ProviderError> {
    let mut own = environment
        .devices()
        .filter(|device| device.ep().is_ok_and(|ep| ep == CPU::NAME))
        .peekable();
    // A minimal build of the runtime lists none, and takes no plug-ins either.
    if own.peek().is_none() {
        return Ok(builder);
    }
    builder.with_devices(own, None).map_err(|error| ProviderError::Refused {
        reason: reason(&error),
        remedy: "install the ONNX Runtime of the luchs package",
    })
}

/// Whether making the session can take minutes.
pub(crate) fn builds(file: &OnnxFile, device: &Device, load: Load) -> bool {
    match device {
        Device::Auto | Device::Cpu | Device::Cuda(_) => false,
        Device::TensorRt(number) => !tensorrt::is_built(file, *number, load.batch),
        Device::OpenVino(name) => !name.starts_with("CPU"),
    }
}
