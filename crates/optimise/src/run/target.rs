//! The devices that a model is made for.

use std::path::Path;

use luchs_infer::Device;

use super::RunError;
use crate::measure::{MeasureError, Runner, Whose};

/// Which devices a model is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// ONNX Runtime's own kernels.
    #[default]
    Cpu,
    /// OpenVINO on this box.
    OpenVino,
    /// TensorRT on this box.
    TensorRt,
    /// All of them that are there.
    All,
}

impl Target {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::OpenVino => "openvino",
            Self::TensorRt => "tensorrt",
            Self::All => "all",
        }
    }

    fn wanted(self) -> Vec<Device> {
        let (openvino, tensorrt) = (Device::OpenVino("CPU".to_owned()), Device::TensorRt(0));
        match self {
            Self::Cpu => vec![Device::Cpu],
            Self::OpenVino => vec![openvino],
            Self::TensorRt => vec![tensorrt],
            Self::All => vec![Device::Cpu, openvino, tensorrt],
        }
    }
}

/// The original on each device that is wanted and there. One that was named and is not there is an error; of all, those are
/// left out.
pub(super) fn open(target: Target, model: &Path, labels: Option<&Path>) -> Result<Vec<(Device, Runner)>, RunError> {
    let mut opened = Vec::new();
    for device in target.wanted() {
        match Runner::open(model, labels, Whose::Theirs, &device, 0) {
            Ok(runner) => opened.push((device, runner)),
            Err(MeasureError::Open(_)) if target == Target::All && device != Device::Cpu => {}
            Err(error) if error.is_the_models() || device == Device::Cpu => return Err(error.into()),
            Err(error) => {
                return Err(RunError::Device {
                    device: device.to_string(),
                    reason: error.to_string(),
                });
            }
        }
    }
    Ok(opened)
}
