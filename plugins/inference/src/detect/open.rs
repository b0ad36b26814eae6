//! From settings to a detector that works.

use std::{path::Path, sync::Arc};

use luchs_infer::{DetectError, Detector, Device, DeviceError, EngineError, ModelSource};
use luchs_model::LoadError;
use luchs_vision::Params;

use super::{
    classes::{self, ClassError},
    region::RegionError,
    settings::Source,
};

/// Why the element cannot start.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("no model is set; set the property model to a directory with a passport or to a .onnx file")]
    NoModel,
    #[error(transparent)]
    Model(#[from] luchs_infer::OpenError),
    #[error("device: {0}")]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Class(#[from] ClassError),
    #[error(transparent)]
    Detect(#[from] DetectError),
    #[error(transparent)]
    Region(#[from] RegionError),
    /// Only while another model runs.
    #[error("no thread can be started to load the model: {0}; raise the limit of processes or memory")]
    Thread(std::io::Error),
}

/// A detector that was tried, and the wanted classes in its parameters.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) detector: Detector,
    pub(super) params: Params,
    /// What it was opened with.
    pub(super) source: Source,
}

/// Loads the model, finds its engine and tries it.
pub(super) fn open(source: Source) -> Result<Opened, OpenError> {
    let given = |text: &'_ Option<String>| text.clone().filter(|text| !text.is_empty());
    let path = given(&source.model).ok_or(OpenError::NoModel)?;
    let device: Device = source.device.parse()?;
    let (labels, id) = (given(&source.labels_file), given(&source.model_instance_id));
    let wanted = ModelSource {
        path: Path::new(&path),
        labels: labels.as_deref().map(Path::new),
        id: id.as_deref(),
        options: source.options(device),
    };
    let (model, engine) = wanted.open()?;
    let classes = classes::wanted(source.object_class.as_deref().unwrap_or_default(), &model.labels)?;
    let params = Params {
        threshold: 0.0,
        iou_threshold: 0.0,
        max_detections: 0,
        class_agnostic: false,
        classes,
    };
    let capacity = source.capacity(engine.workers());
    let detector = Detector::with_capacity(Arc::new(model.without_bytes()), engine, capacity)?;
    Ok(Opened {
        detector,
        params,
        source,
    })
}

impl OpenError {
    /// The error as GStreamer sorts it.
    pub(super) fn kind(&self) -> gst::ResourceError {
        use luchs_infer::OpenError::{Engine, Load, Trial};
        match self {
            Self::Model(Load(LoadError::NotFound { .. } | LoadError::NoPassport { .. })) => {
                gst::ResourceError::NotFound
            }
            Self::NoModel
            | Self::Device(_)
            | Self::Class(_)
            | Self::Region(_)
            | Self::Model(Load(LoadError::LabelCount { .. }) | Engine(EngineError::Share(_))) => {
                gst::ResourceError::Settings
            }
            Self::Model(Load(_)) => gst::ResourceError::Read,
            Self::Model(Engine(_) | Trial(_)) | Self::Detect(_) => gst::ResourceError::OpenRead,
            Self::Thread(_) => gst::ResourceError::NoSpaceLeft,
        }
    }
}
