//! NVIDIA's GPUs through CUDA, with TensorRT before it or without.

use std::{env, path::Path};

use ort::{
    ep::{ArenaExtendStrategy, CUDA, ExecutionProvider as _, ExecutionProviderDispatch, TensorRT},
    session::builder::SessionBuilder,
};

use super::ProviderError;
use crate::{runtime, session::reason};

/// CUDA on GPU `number`. Memory grows by what is needed, not to the next power of two: a Jetson shares it with all else.
pub(super) fn cuda(number: u16) -> ExecutionProviderDispatch {
    CUDA::default()
        .with_device_id(number.into())
        .with_arena_extend_strategy(ArenaExtendStrategy::SameAsRequested)
        .build()
}

/// Adds `providers` of NVIDIA to a session, or says why not. `tensorrt`: whether TensorRT is among them.
pub(super) fn append(
    builder: SessionBuilder,
    providers: Vec<ExecutionProviderDispatch>,
    tensorrt: bool,
) -> Result<SessionBuilder, ProviderError> {
    let has = |available: ort::Result<bool>| available.unwrap_or(false);
    for (provider, available) in [
        ("TensorRT", !tensorrt || has(TensorRT::is_available())),
        ("CUDA", has(CUDA::is_available())),
    ] {
        if !available {
            return Err(ProviderError::NotBuilt {
                provider,
                library: runtime::library_path().unwrap_or_default(),
            });
        }
    }
    let strict = providers.into_iter().map(ExecutionProviderDispatch::error_on_failure);
    builder
        .with_execution_providers(strict.collect::<Vec<_>>())
        .map_err(|error| ProviderError::Refused {
            reason: reason(&error),
            remedy: if tensorrt {
                "install NVIDIA's driver, and CUDA, cuDNN and TensorRT of the versions that this ONNX Runtime names"
            } else {
                "install NVIDIA's driver, and CUDA and cuDNN of the versions that this ONNX Runtime names"
            },
        })
}

/// Whether this runtime has CUDA, whether it has TensorRT, and whether a GPU of NVIDIA is visible at all.
pub(crate) fn present() -> (bool, bool) {
    let hidden = env::var("CUDA_VISIBLE_DEVICES").is_ok_and(|list| list.is_empty() || list == "-1");
    // The last two are those of Jetson.
    let nodes = ["/dev/nvidia0", "/dev/nvhost-gpu", "/dev/nvgpu"];
    let gpu = !hidden && nodes.iter().any(|node| Path::new(node).exists());
    let has = |available: ort::Result<bool>| gpu && available.unwrap_or(false);
    (has(CUDA::is_available()), has(TensorRT::is_available()))
}
