//! Which devices are worth a try on this machine.

use luchs_model::OnnxFile;
use ort::environment::Environment;

use super::{Tried, Verdict};
use crate::{
    Device, ProviderError,
    providers::{self, Load},
};

/// What can be tried beside the CPU, and what is known to be there but cannot.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    pub(super) devices: Vec<Device>,
    pub(super) passed_over: Vec<Tried>,
}

pub(super) fn present(environment: &Environment, file: &OnnxFile, load: Load) -> Candidates {
    let mut found = Candidates::default();
    let mut pass_over = |device: String, verdict| {
        found.passed_over.push(Tried {
            device,
            ms: None,
            verdict,
        });
    };
    match providers::openvino_devices(environment) {
        Ok(names) => found.devices.extend(names.into_iter().map(Device::OpenVino)),
        Err(ProviderError::NoPlugin { .. }) => {}
        Err(error) => {
            let reason = error.to_string();
            pass_over("openvino".to_owned(), Verdict::Failed { reason });
        }
    }
    let (cuda, tensorrt) = providers::nvidia_present();
    if cuda {
        found.devices.push(Device::Cuda(0));
    }
    if tensorrt && providers::tensorrt_is_built(file, 0, load.batch) {
        found.devices.push(Device::TensorRt(0));
    } else if tensorrt {
        let reason = "its engine for this model was never built, which takes minutes; run once with device=tensorrt";
        let reason = reason.to_owned();
        pass_over(Device::TensorRt(0).to_string(), Verdict::Skipped { reason });
    }
    found
}
