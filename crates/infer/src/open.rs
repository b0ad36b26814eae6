//! From a path to a model and its engine: the one way that elements and tools go.

use std::{path::Path, sync::Arc};

use luchs_model::{Candidate, LoadError, Model, OnnxFile};

use crate::{Device, Engine, EngineError, EngineOptions};

/// Which model, and how it is to run.
#[derive(Clone, Debug)]
pub struct ModelSource<'a> {
    /// A directory with a passport, or a bare .onnx file.
    pub path: &'a Path,
    /// Class names to use instead of the passport's, or of the file beside a bare model.
    pub labels: Option<&'a Path>,
    /// Id of the engine to share, see [`Engine::shared`].
    pub id: Option<&'a str>,
    /// Where it runs.
    pub options: EngineOptions,
}

/// Why a model does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The files are wrong.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It does not run.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl ModelSource<'_> {
    /// The model and its engine. Files that are wrong are refused before a session is made.
    pub fn open(&self) -> Result<(Model, Arc<Engine>), OpenError> {
        let (model, engine) = self.settled()?;
        let engine = match engine {
            Some(engine) => engine,
            None => self.engine(&model.file)?,
        };
        Ok((model, engine))
    }

    /// The model alone. The runtime is needed only for a bare file that leaves the shapes of its outputs open.
    pub fn model(&self) -> Result<Model, OpenError> {
        self.settled().map(|(model, _)| model)
    }

    /// The model, and the session if a trial run had to tell the model's family.
    fn settled(&self) -> Result<(Model, Option<Arc<Engine>>), OpenError> {
        let candidate = Candidate::read(self.path, self.labels)?;
        let Some(trial) = candidate.trial() else {
            return Ok((candidate.settle()?, None));
        };
        // Devices are measured with the model's own input, which nobody knows yet.
        let auto = self.options.device == Device::Auto;
        let engine = if auto {
            Self::trial_engine(candidate.file())?
        } else {
            self.engine(candidate.file())?
        };
        let outputs = engine.try_out(trial)?;
        Ok((candidate.tried(outputs).settle()?, (!auto).then_some(engine)))
    }

    fn trial_engine(file: &OnnxFile) -> Result<Arc<Engine>, EngineError> {
        let options = EngineOptions {
            device: Device::Cpu,
            threads: 1,
            workers: 1,
            ..EngineOptions::default()
        };
        Engine::new(file, &options).map(Arc::new)
    }

    fn engine(&self, file: &OnnxFile) -> Result<Arc<Engine>, EngineError> {
        Engine::shared(self.id, file, &self.options)
    }
}
