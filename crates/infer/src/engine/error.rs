//! Why a model does not run.

use std::path::PathBuf;

use luchs_model::Operator;

use crate::{Device, ProviderError, RuntimeError, ShareError};

/// Why a model does not run.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EngineError {
    /// There is no runtime.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The instance id is taken by something else.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// The runtime cannot use the device.
    #[error("device {device} cannot be used: {source}; or choose device=cpu")]
    Device {
        /// The device that was named.
        device: Device,
        /// Why, and what to do.
        source: ProviderError,
    },
    /// The model needs an operator that the device has not. Its other operators alone would gain nothing there: tables stand
    /// behind every convolution, and what is between two of them would travel to the device and back.
    #[error(
        "{}: the model needs the operator {operator}, which device {device} has not; choose device=cpu or auto, or a variant \
         of the model with standard operators", model.display()
    )]
    Operator {
        /// The file.
        model: PathBuf,
        /// The device that was named.
        device: Device,
        /// The operator.
        operator: Operator,
    },
    /// The runtime does not take the model.
    #[error("{}: ONNX Runtime does not load the model on {device}: {reason}", model.display())]
    Load {
        /// The file.
        model: PathBuf,
        /// Where.
        device: Device,
        /// What the runtime says.
        reason: String,
    },
    /// The model looks at one frame at a time.
    #[error(
        "{}: batch-size {wanted} was asked for, but {reason}; export the model with a batch axis of open size, or set \
         batch-size=1", model.display()
    )]
    Batch {
        /// The file.
        model: PathBuf,
        /// The batch size.
        wanted: usize,
        /// What the model says.
        reason: String,
    },
    /// The system gives no thread.
    #[error("{}: a worker thread cannot be started: {reason}; raise the limit of processes or memory", model.display())]
    Thread {
        /// The file.
        model: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A run failed.
    #[error("{}: ONNX Runtime failed on {device}: {reason}", model.display())]
    Run {
        /// The file.
        model: PathBuf,
        /// Where.
        device: Device,
        /// What the runtime says.
        reason: String,
    },
    /// The thread that ran the model is gone.
    #[error("{}: the worker that looked at a frame died on {device}; the frame is lost, another worker took its place", model.display())]
    Worker {
        /// The file.
        model: PathBuf,
        /// Where.
        device: Device,
    },
    /// An output that nobody can read.
    #[error("{}: output “{name}” {reason}", model.display())]
    Output {
        /// The file.
        model: PathBuf,
        /// The output.
        name: String,
        /// Why.
        reason: String,
    },
}
