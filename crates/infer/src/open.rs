//! From a path to a model and its engine: the one way that elements and tools go.

use std::{path::Path, sync::Arc};

use luchs_model::{Candidate, LoadError, Model, Trial, Trust};
use luchs_vision::{InputSpec, Layout};

use crate::{Engine, EngineError, EngineOptions, TrialError, trial};

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
    /// Nobody who is trusted signed it, and it did not pass its trial.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// It does not run.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl ModelSource<'_> {
    /// The model and its engine. Files that are wrong are refused before a session is made, and so is a model that nobody
    /// who is trusted signed, unless it passes its trial.
    pub fn open(&self) -> Result<(Model, Arc<Engine>), OpenError> {
        let model = self.model()?;
        if model.signer.is_none() {
            Self::try_out(&model)?;
        }
        let engine = Engine::shared(self.id, &model.file, &self.options)?;
        Ok((model, engine))
    }

    /// The model alone. The runtime is needed only for a bare file that leaves the shapes of its outputs open.
    pub fn model(&self) -> Result<Model, OpenError> {
        self.model_trusted_by(&Trust::of_this_machine().map_err(LoadError::from)?)
    }

    /// The same, where others are trusted than this machine's.
    pub fn model_trusted_by(&self, trust: &Trust) -> Result<Model, OpenError> {
        let candidate = Candidate::read_trusted(self.path, self.labels, trust)?;
        let candidate = match candidate.trial() {
            Some(wanted) => {
                let outputs = trial::run(candidate.file(), wanted)?;
                candidate.tried(outputs)
            }
            None => candidate,
        };
        Ok(candidate.settle()?)
    }

    /// Tries the model of a file out, whoever signed it.
    pub fn try_out(model: &Model) -> Result<(), OpenError> {
        trial::run(&model.file, one_picture(&model.input)).map(drop)
    }
}

fn one_picture(input: &InputSpec) -> Trial {
    let (width, height) = (input.size.width as usize, input.size.height as usize);
    Trial {
        shape: match input.layout {
            Layout::Nchw => [1, 3, height, width],
            Layout::Nhwc => [1, height, width, 3],
        },
        element: input.element,
    }
}
