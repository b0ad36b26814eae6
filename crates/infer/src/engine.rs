//! One session of the runtime: a model on a device.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use luchs_model::{Digest, OnnxFile, Trial};
use luchs_vision::{Tensor, TensorInfo};
use ort::{
    session::{Session, SessionInputValue, SessionOutputs},
    value::{TensorRef, ValueType},
};

use crate::{Device, RuntimeError, ShareError, buffer::Buffer, convert, default_threads, registry, runtime, session};

/// How a session is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineOptions {
    /// Where it runs.
    pub device: Device,
    /// Threads that compute one operator together; 0 for the number of physical cores. More streams gain more from a
    /// session and a thread each than from many threads on one session.
    pub threads: usize,
}

/// A session of the runtime. It may be used by several threads; they wait for each other.
#[derive(Debug)]
pub struct Engine {
    session: Mutex<Session>,
    fallback: Option<String>,
    outputs: Vec<TensorInfo>,
    device: Device,
    threads: usize,
    model: PathBuf,
    digest: Digest,
}

/// The input tensor of one frame: its dimensions and elements, as the model's `InputSpec` says.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// For a model that takes 32-bit floats.
    F32([usize; 4], &'a [f32]),
    /// For a model that takes bytes.
    U8([usize; 4], &'a [u8]),
}

/// The outputs for one frame. Keep it: its memory is used again by the next frame.
#[derive(Debug, Default)]
pub struct Outputs(Vec<Output>);

#[derive(Debug, Default)]
struct Output {
    name: String,
    shape: Vec<usize>,
    data: Vec<f32>,
}

/// Why a model does not run.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// There is no runtime.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The instance id is taken by something else.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// The runtime cannot use the device.
    #[error(
        "device {device} cannot be used: {reason}; choose device=cpu, or install what {device} needs and an ONNX Runtime that \
         supports it"
    )]
    Device {
        /// The device that was named.
        device: Device,
        /// What the runtime says.
        reason: String,
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

impl Engine {
    /// A session of its own for `file`.
    pub fn new(file: &OnnxFile, options: &EngineOptions) -> Result<Self, EngineError> {
        let environment = runtime::environment()?;
        let device = options.device.resolved();
        let threads = if options.threads == 0 {
            default_threads()
        } else {
            options.threads
        };
        let (session, fallback) = session::create(&environment, file, &device, threads)?;
        let outputs = session
            .outputs()
            .iter()
            .map(|outlet| info(outlet.name(), outlet.dtype()))
            .collect();
        tracing::info!(model = %file.path.display(), %device, threads, "session created");
        Ok(Self {
            session: Mutex::new(session),
            fallback,
            outputs,
            device,
            threads,
            model: file.path.clone(),
            digest: file.digest,
        })
    }

    /// The session of all who name `id`, made by the first of them and gone with the last. The same id with another
    /// model, device or number of threads is an error; `auto` and 0 take what is there.
    pub fn shared(id: &str, file: &OnnxFile, options: &EngineOptions) -> Result<Arc<Self>, EngineError> {
        registry::get_or_make(id, file, options)
    }

    /// Runs the model on the input of one frame.
    pub fn run(&self, input: Input<'_>, outputs: &mut Outputs) -> Result<(), EngineError> {
        // A panic of another stream while it held the session leaves nothing half done: a run has no state.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let values = self.values(&mut session, input)?;
        outputs.0.resize_with(values.len(), Output::default);
        for ((name, value), output) in values.into_iter().zip(&mut outputs.0) {
            name.clone_into(&mut output.name);
            convert::copy(&value, &mut output.shape, &mut output.data).map_err(|reason| EngineError::Output {
                model: self.model.clone(),
                name: name.to_owned(),
                reason,
            })?;
        }
        Ok(())
    }

    /// Runs the model once on a black picture: the outputs with the shapes that they then have.
    pub fn try_out(&self, trial: Trial) -> Result<Vec<TensorInfo>, EngineError> {
        let picture = Buffer::black(trial.shape, trial.element);
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let values = self.values(&mut session, picture.view())?;
        Ok(values.iter().map(|(name, value)| info(name, value.dtype())).collect())
    }

    fn values<'s>(&self, session: &'s mut Session, input: Input<'_>) -> Result<SessionOutputs<'s>, EngineError> {
        let failed = |error: ort::Error| EngineError::Run {
            model: self.model.clone(),
            device: self.device.clone(),
            reason: error.to_string(),
        };
        let tensor = match input {
            Input::F32(shape, data) => {
                SessionInputValue::from(TensorRef::from_array_view((shape, data)).map_err(failed)?)
            }
            Input::U8(shape, data) => {
                SessionInputValue::from(TensorRef::from_array_view((shape, data)).map_err(failed)?)
            }
        };
        session.run([tensor]).map_err(failed)
    }

    /// The outputs as the runtime infers them, which may be more exact than the file declares; -1 where open.
    pub fn outputs(&self) -> &[TensorInfo] {
        &self.outputs
    }

    /// Where it runs.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Why operators of the model run on the CPU although another device was named; None if the device runs them all.
    pub fn fallback(&self) -> Option<&str> {
        self.fallback.as_deref()
    }

    /// The device, and “+cpu” behind it where operators fell back to the CPU.
    pub fn active_device(&self) -> String {
        format!("{}{}", self.device, if self.fallback.is_some() { "+cpu" } else { "" })
    }

    /// Threads that compute one operator together.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The model's file.
    pub fn model(&self) -> &std::path::Path {
        &self.model
    }

    /// Digest of the model's file.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl Outputs {
    /// The tensors in the model's order.
    pub fn tensors(&self) -> Vec<Tensor<'_>> {
        self.0
            .iter()
            .map(|o| Tensor {
                name: &o.name,
                shape: &o.shape,
                data: &o.data,
            })
            .collect()
    }

    /// The tensors without their values; `declared` has their element types.
    pub(crate) fn infos(&self, declared: &[TensorInfo]) -> Vec<TensorInfo> {
        let element = |name: &str| {
            declared
                .iter()
                .find(|info| info.name == name)
                .map(|info| info.element.clone())
        };
        self.0
            .iter()
            .map(|output| TensorInfo {
                name: output.name.clone(),
                shape: output.shape.iter().map(|&side| side as i64).collect(),
                element: element(&output.name).unwrap_or_default(),
            })
            .collect()
    }

    /// The first output with a value that is not a number.
    pub fn not_a_number(&self) -> Option<&str> {
        // Without an early exit, so that it runs in vector registers.
        let nan = |data: &[f32]| {
            data.chunks(4096)
                .any(|chunk| chunk.iter().fold(false, |nan, v| nan | v.is_nan()))
        };
        self.0
            .iter()
            .find(|output| nan(&output.data))
            .map(|output| output.name.as_str())
    }
}

fn info(name: &str, dtype: &ValueType) -> TensorInfo {
    let (element, shape) = match dtype {
        ValueType::Tensor { ty, shape, .. } => (ty.to_string(), shape.to_vec()),
        _ => ("no tensor".to_owned(), Vec::new()),
    };
    TensorInfo {
        name: name.to_owned(),
        shape,
        element,
    }
}
