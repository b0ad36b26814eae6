//! A model that is ready to look at frames.

use std::{path::Path, sync::Arc};

use luchs_infer::{DetectError, Detector, Device, Engine, EngineError, EngineOptions, ModelSource, OpenError, Timing};
use luchs_model::{LoadError, Model, Trust};
use luchs_scene::Detection;
use luchs_vision::{Frame, Params};

use crate::footage::FootageError;

/// Boxes below this are of no account in average precision, and far below what agreement looks at.
const THRESHOLD: f32 = 0.01;
/// Far more than the protocol of average precision counts: its limit decides, not this one.
const MAX_DETECTIONS: usize = 1000;

/// Who answers for a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Whoever this machine trusts; others only after a trial.
    Theirs,
    /// We made it just now.
    Ours,
}

/// Why a model cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It does not work.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// A frame cannot be had.
    #[error(transparent)]
    Footage(#[from] FootageError),
    /// The person wants no more.
    #[error("stopped")]
    Stopped,
}

/// A model on a device, one frame at a time.
#[derive(Debug)]
pub struct Runner {
    detector: Detector,
    params: Params,
}

impl Runner {
    /// Opens the model at `path` (a folder with a passport, or a bare file with its `labels`) on `device`, with `threads` for a
    /// frame; 0 for as many as there are cores.
    pub fn open(
        path: &Path,
        labels: Option<&Path>,
        whose: Whose,
        device: &Device,
        threads: usize,
    ) -> Result<Self, MeasureError> {
        let source = ModelSource {
            path,
            labels,
            id: None,
            options: EngineOptions {
                device: device.clone(),
                threads,
                workers: 1,
                ..EngineOptions::default()
            },
        };
        let (model, engine) = match whose {
            Whose::Theirs => source.open()?,
            Whose::Ours => {
                let model = source.model_trusted_by(&Trust::nobody())?;
                let engine = Engine::new(&model.file, &source.options).map_err(OpenError::from)?;
                (model, Arc::new(engine))
            }
        };
        Self::new(model, engine)
    }

    fn new(model: Model, engine: Arc<Engine>) -> Result<Self, MeasureError> {
        let params = Params {
            threshold: THRESHOLD,
            iou_threshold: model.thresholds.iou,
            max_detections: MAX_DETECTIONS,
            class_agnostic: false,
            classes: None,
        };
        let detector = Detector::new(Arc::new(model.without_bytes()), engine)?;
        Ok(Self { detector, params })
    }

    /// What the model finds on `frame`, best first, down to a confidence of 0.01.
    pub fn look(&mut self, frame: &Frame<'_>, found: &mut Vec<Detection>) -> Result<Timing, MeasureError> {
        Ok(self.detector.detect(frame, None, &self.params, found)?)
    }

    /// The model.
    pub fn model(&self) -> &Model {
        self.detector.model()
    }

    /// The detector.
    pub fn detector(&self) -> &Detector {
        &self.detector
    }
}

impl MeasureError {
    /// Whether the files of the model are the reason.
    pub fn is_the_models(&self) -> bool {
        match self {
            Self::Open(OpenError::Load(_)) => true,
            Self::Open(OpenError::Trial(error)) => error.is_the_models(),
            _ => false,
        }
    }

    /// Whether somebody wanted no more.
    pub fn is_stop(&self) -> bool {
        matches!(self, Self::Stopped | Self::Footage(FootageError::Stopped))
    }
}

impl From<EngineError> for MeasureError {
    fn from(error: EngineError) -> Self {
        Self::Open(error.into())
    }
}

impl From<LoadError> for MeasureError {
    fn from(error: LoadError) -> Self {
        Self::Open(error.into())
    }
}
