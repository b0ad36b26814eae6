//! Making a session: settings that were measured to be the best, and the device that was named or none.

use luchs_model::OnnxFile;
use ort::{
    environment::Environment,
    ep::{CUDA, ExecutionProviderDispatch, OpenVINO, TensorRT},
    session::{
        Session,
        builder::{GraphOptimizationLevel, SessionBuilder},
    },
};

use crate::{Device, EngineError};

/// A session of `file`, and why some of its operators run on the CPU although `device` is another one.
pub(crate) fn create(
    environment: &Environment,
    file: &OnnxFile,
    device: &Device,
    threads: usize,
) -> Result<(Session, Option<String>), EngineError> {
    let load = |reason: String| EngineError::Load {
        model: file.path.clone(),
        device: device.clone(),
        reason,
    };
    let commit = |may_fall_back: bool| {
        let builder = builder(environment, threads, may_fall_back).map_err(load)?;
        let mut builder = builder
            .with_execution_providers(providers(device, threads))
            .map_err(|error| EngineError::Device {
                device: device.clone(),
                reason: reason(&error),
            })?;
        builder
            .commit_from_memory(&file.bytes)
            .map_err(|error| load(reason(&error)))
    };
    // The runtime gives operators that a device does not know, and with some devices the whole model, to the CPU without a
    // word. So first without that; if it fails for another reason, the second attempt fails too.
    match commit(*device == Device::Cpu) {
        Ok(session) => Ok((session, None)),
        Err(EngineError::Load { reason, .. }) if *device != Device::Cpu => Ok((commit(true)?, Some(reason))),
        Err(error) => Err(error),
    }
}

fn builder(environment: &Environment, threads: usize, may_fall_back: bool) -> Result<SessionBuilder, String> {
    let builder = Session::builder(environment)
        .map_err(|error| reason(&error))?
        .with_optimization_level(GraphOptimizationLevel::All)
        .map_err(|error| reason(&error))?
        .with_intra_threads(threads)
        .map_err(|error| reason(&error))?
        // Spinning threads take the time that decoding and the next stream need.
        .with_intra_op_spinning(false)
        .map_err(|error| reason(&error))?
        .with_inter_op_spinning(false)
        .map_err(|error| reason(&error))?;
    if may_fall_back {
        return Ok(builder);
    }
    builder.with_disable_cpu_fallback().map_err(|error| reason(&error))
}

/// The execution providers of `device`; one that is absent is an error.
fn providers(device: &Device, threads: usize) -> Vec<ExecutionProviderDispatch> {
    let cuda = |number: u16| CUDA::default().with_device_id(number.into()).build();
    let providers = match device {
        Device::Auto | Device::Cpu => Vec::new(),
        Device::Cuda(number) => vec![cuda(*number)],
        Device::TensorRt(number) => {
            vec![
                TensorRT::default().with_device_id((*number).into()).build(),
                cuda(*number),
            ]
        }
        Device::OpenVino(name) => {
            vec![
                OpenVINO::default()
                    .with_device_type(name)
                    .with_num_threads(threads)
                    .build(),
            ]
        }
    };
    providers
        .into_iter()
        .map(ExecutionProviderDispatch::error_on_failure)
        .collect()
}

fn reason(error: &impl std::error::Error) -> String {
    error.to_string().trim_end_matches(['.', ' ']).to_owned()
}
