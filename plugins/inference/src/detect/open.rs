//! From settings to a detector that works.

use std::{path::Path, sync::Arc};

use luchs_infer::{DetectError, Detector, Device, DeviceError, EngineError, EngineOptions, ModelSource};
use luchs_model::LoadError;
use luchs_vision::Params;

use super::{
    classes::{self, ClassError},
    properties::Settings,
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
}

/// Loads the model, finds its session and tries it; the parameters have the passport's thresholds where none are set.
pub(super) fn open(settings: &Settings) -> Result<(Detector, Params), OpenError> {
    let path = settings
        .model
        .as_deref()
        .filter(|path| !path.is_empty())
        .ok_or(OpenError::NoModel)?;
    let device: Device = settings.device.parse()?;
    let source = ModelSource {
        path: Path::new(path),
        labels: settings
            .labels_file
            .as_deref()
            .filter(|path| !path.is_empty())
            .map(Path::new),
        id: settings.model_instance_id.as_deref().filter(|id| !id.is_empty()),
        options: EngineOptions {
            device,
            threads: settings.threads as usize,
            ..EngineOptions::default()
        },
    };
    let (model, engine) = source.open()?;
    let classes = classes::wanted(settings.object_class.as_deref().unwrap_or_default(), &model.labels)?;
    let mut params = Params {
        threshold: 0.0,
        iou_threshold: 0.0,
        max_detections: 0,
        class_agnostic: false,
        classes,
    };
    settings.apply(model.thresholds, &mut params);
    Ok((Detector::new(Arc::new(model.without_bytes()), engine)?, params))
}

impl OpenError {
    /// The error as GStreamer sorts it.
    pub(super) fn message(&self) -> gst::ErrorMessage {
        use luchs_infer::OpenError::{Engine, Load};
        let kind = match self {
            Self::Model(Load(LoadError::NotFound { .. } | LoadError::NoPassport { .. })) => {
                gst::ResourceError::NotFound
            }
            Self::NoModel
            | Self::Device(_)
            | Self::Class(_)
            | Self::Model(Load(LoadError::LabelCount { .. }) | Engine(EngineError::Share(_))) => {
                gst::ResourceError::Settings
            }
            Self::Model(Load(_)) => gst::ResourceError::Read,
            Self::Model(Engine(_)) | Self::Detect(_) => gst::ResourceError::OpenRead,
        };
        gst::error_msg!(kind, ("{self}"))
    }
}
