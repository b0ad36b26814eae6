//! Why a device cannot be used, with what to do about it.

use std::path::PathBuf;

use super::OPENVINO_VARIABLE;
use crate::LIBRARY_VARIABLE;

/// Why a device cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProviderError {
    /// There is no plug-in for OpenVINO, and the runtime has it not built in.
    #[error(
        "OpenVINO is not installed: {} is missing and this ONNX Runtime has no OpenVINO built in; install the luchs-openvino \
         package, or set {OPENVINO_VARIABLE} to libonnxruntime_providers_openvino_plugin.so of the Python package \
         onnxruntime-ep-openvino", path.display()
    )]
    NoPlugin {
        /// Where the plug-in would be.
        path: PathBuf,
    },
    /// The variable leads nowhere.
    #[error("{OPENVINO_VARIABLE} is {}, where no plug-in of OpenVINO is; correct or unset it", path.display())]
    Variable {
        /// The library that should be there.
        path: PathBuf,
    },
    /// The plug-in is broken, or of the wrong version.
    #[error(
        "OpenVINO's plug-in {} does not load: {reason}; install the one that fits this ONNX Runtime (Python package \
         onnxruntime-ep-openvino)", path.display()
    )]
    Plugin {
        /// The library.
        path: PathBuf,
        /// What the runtime says.
        reason: String,
    },
    /// OpenVINO does not see such a device.
    #[error("OpenVINO finds no {wanted} on this machine, only {present}; {remedy}")]
    OpenVinoDevice {
        /// What was named.
        wanted: String,
        /// What there is.
        present: String,
        /// What to do.
        remedy: &'static str,
    },
    /// OpenVINO's way to name several devices, which a plug-in has and a runtime need not have.
    #[error(
        "OpenVINO's plug-in has no {0}; name a device of its own, such as openvino:CPU, or AUTO with a list: openvino:AUTO:GPU,CPU"
    )]
    Virtual(String),
    /// A runtime for other devices.
    #[error(
        "ONNX Runtime in {} was built without {provider}; set {LIBRARY_VARIABLE} to one that has it (Python package \
         onnxruntime-gpu, on a Jetson NVIDIA's own build)", library.display()
    )]
    NotBuilt {
        /// CUDA or TensorRT.
        provider: &'static str,
        /// The runtime.
        library: PathBuf,
    },
    /// The provider is there and refuses.
    #[error("{reason}; {remedy}")]
    Refused {
        /// What the provider says.
        reason: String,
        /// What to do.
        remedy: &'static str,
    },
}
