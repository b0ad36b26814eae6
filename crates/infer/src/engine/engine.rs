//! The engine itself.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use luchs_model::{Digest, OnnxFile, Trial};
use luchs_vision::{ElementType, TensorInfo};

use super::{
    EngineError,
    plan::Plan,
    pool::{Batching, Pool},
    raw::Program,
    registry,
    slot::Slot,
    stream::Stream,
    work::Runs,
};
use crate::{
    Device,
    auto::{self, Choice},
    default_threads,
    providers::Load,
    runtime, session,
};

/// How an engine is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EngineOptions {
    /// Where it runs.
    pub device: Device,
    /// Threads that compute one frame together; 0 for the number of physical cores. Many streams gain more from many
    /// workers of one thread each.
    pub threads: usize,
    /// Frames that are computed at the same time; 0 for the number of physical cores, and for 1 on a GPU, which takes
    /// batches instead.
    pub workers: usize,
    /// Most frames of a run; 0 for 8 on a GPU whose model has an open batch axis, and for 1 otherwise: batches gain
    /// nothing on a CPU.
    pub batch_size: usize,
    /// How long a frame waits until a batch is full.
    pub batch_timeout: Duration,
}

/// A model on a device. Streams put frames into its queue, its workers run them.
#[derive(Debug)]
pub struct Engine {
    pool: Pool<Runs>,
    infos: Vec<TensorInfo>,
    fallback: Option<String>,
    choice: Option<Choice>,
    device: Device,
    threads: usize,
    workers: usize,
    batch_size: usize,
    model: std::path::PathBuf,
    digest: Digest,
}

/// Batches on a GPU, if nobody says.
const GPU_BATCH: usize = 8;

impl Engine {
    /// An engine of its own for `file`.
    pub fn new(file: &OnnxFile, options: &EngineOptions) -> Result<Self, EngineError> {
        let environment = runtime::environment()?;
        let or = |wanted: usize, otherwise: usize| if wanted == 0 { otherwise } else { wanted };
        let threads = or(options.threads, default_threads());
        let auto = options.device == Device::Auto;
        let load = Load {
            threads,
            runs: 1,
            batch: or(options.batch_size, GPU_BATCH),
        };
        let choice = auto.then(|| auto::choose(&environment, file, load)).transpose()?;
        let device = choice.as_ref().map_or(&options.device, |choice| &choice.device).clone();
        let gpu = matches!(device, Device::Cuda(_) | Device::TensorRt(_));
        let workers = or(options.workers, if gpu { 1 } else { default_threads() });
        let (session, fallback) = session::create(&environment, file, &device, Load { runs: workers, ..load })?;
        let plan = Plan::new(&session);
        let batch_size = match (&plan.single, options.batch_size) {
            (None, 0) if gpu => GPU_BATCH,
            (_, 0 | 1) => 1,
            (None, size) => size,
            (Some(reason), wanted) => {
                return Err(EngineError::Batch {
                    model: file.path.clone(),
                    wanted,
                    reason: reason.clone(),
                });
            }
        };
        let program = Program::new(session).map_err(|_| EngineError::Load {
            model: file.path.clone(),
            device: device.clone(),
            reason: "the name of an input or output has a zero byte in it".to_owned(),
        })?;
        let runs = Runs {
            program,
            outputs: plan.outputs,
            // CUDA and TensorRT promise nothing about runs at the same time.
            alone: gpu.then(Mutex::default),
            model: file.path.clone(),
            device: device.clone(),
        };
        let batching = Batching {
            size: batch_size,
            timeout: options.batch_timeout,
        };
        let pool = Pool::new(runs, workers, batching).map_err(|error| EngineError::Thread {
            model: file.path.clone(),
            reason: error.to_string(),
        })?;
        tracing::info!(model = %file.path.display(), %device, threads, workers, batch_size, "engine started");
        Ok(Self {
            pool,
            infos: plan.infos,
            fallback,
            choice,
            device,
            threads,
            workers,
            batch_size,
            model: file.path.clone(),
            digest: file.digest,
        })
    }

    /// The engine of all in this process who ask for the same model with the same options; with `id`, of all who name it:
    /// the same id with another model, device or number of threads is an error, where `auto` and 0 take what is there. It
    /// is made by the first and gone with the last.
    pub fn shared(id: Option<&str>, file: &OnnxFile, options: &EngineOptions) -> Result<Arc<Self>, EngineError> {
        registry::get_or_make(id, file, options)
    }

    /// Places for `frames` frames at a time of one stream, black.
    pub(crate) fn stream(
        self: Arc<Self>,
        shape: [usize; 4],
        element: ElementType,
        frames: usize,
    ) -> Result<Stream, EngineError> {
        let slots = (0..frames.max(1)).map(|_| Ok(Arc::new(Slot::new(self.work().memory(shape, element, 1)?))));
        let slots = slots.collect::<Result<_, EngineError>>()?;
        Ok(Stream::new(self, slots))
    }

    /// Runs what is in `slot` on this thread, beside the workers.
    pub(crate) fn run_now(&self, slot: &Slot) -> Result<(), EngineError> {
        self.work().run_on(&mut slot.tensors())
    }

    /// Runs the model once on a black picture: the outputs with the shapes that they then have.
    pub fn try_out(&self, trial: Trial) -> Result<Vec<TensorInfo>, EngineError> {
        let mut tensors = self.work().memory(trial.shape, trial.element, 1)?;
        self.work().run_on(&mut tensors)?;
        Ok(tensors.infos(&self.infos))
    }

    pub(super) fn pool(&self) -> &Pool<Runs> {
        &self.pool
    }

    fn work(&self) -> &Runs {
        self.pool.work()
    }

    /// The outputs as the runtime infers them, which may be more exact than the file declares; -1 where open.
    pub fn outputs(&self) -> &[TensorInfo] {
        &self.infos
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

    /// What `device=auto` chose and why; None if a device was named.
    pub fn choice(&self) -> Option<&Choice> {
        self.choice.as_ref()
    }

    /// Threads that compute one frame together.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Frames that are computed at the same time.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Most frames of a run.
    pub fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// The model's file.
    pub fn model(&self) -> &Path {
        &self.model
    }

    /// Digest of the model's file.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}
