//! Why there is no result.

use luchs_model::LoadError;

use super::own::Strange;
use crate::{dataset::DatasetError, footage::FootageError, measure::MeasureError, tool::ToolError, work::WorkError};

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The model cannot be made smaller here.
    #[error("{model}: {reason}")]
    Model {
        /// The model.
        model: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The device that was asked for is not there.
    #[error("{device}: {reason}; measured is on the box that the model is to run on")]
    Device {
        /// The device.
        device: String,
        /// Why.
        reason: String,
    },
    /// The footage is of no use.
    #[error(transparent)]
    Footage(#[from] FootageError),
    /// The labels are of no use.
    #[error(transparent)]
    Labels(#[from] DatasetError),
    /// The labels are those of other pictures, or of other classes.
    #[error("{labels}: {}", said(.why, *.images))]
    Strangers {
        /// The labels.
        labels: String,
        /// What they tell.
        why: Strange,
        /// On how many pictures.
        images: usize,
    },
    /// The model as it was does not work.
    #[error(transparent)]
    Measure(Box<MeasureError>),
    /// The part in Python does not work.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// There is no place for the result.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The report cannot be written.
    #[error("the report cannot be made: {0}")]
    Report(String),
}

/// Who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The person gave something that does not fit.
    Usage,
    /// The machine is in the way.
    Environment,
    /// The person wanted no more.
    Stopped,
}

impl RunError {
    /// Who can do something about it.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Footage(FootageError::Stopped) | Self::Tool(ToolError::Stopped) => Blame::Stopped,
            Self::Measure(error) if error.is_stop() => Blame::Stopped,
            Self::Model { .. }
            | Self::Labels(_)
            | Self::Strangers { .. }
            | Self::Footage(FootageError::Decode { .. } | FootageError::TooFew { .. } | FootageError::Blank { .. })
            | Self::Tool(ToolError::Refused { .. })
            | Self::Work(WorkError::Occupied { .. }) => Blame::Usage,
            Self::Measure(error) if error.is_the_models() => Blame::Usage,
            _ => Blame::Environment,
        }
    }
}

impl From<MeasureError> for RunError {
    fn from(error: MeasureError) -> Self {
        Self::Measure(Box::new(error))
    }
}

impl From<LoadError> for RunError {
    fn from(error: LoadError) -> Self {
        MeasureError::from(error).into()
    }
}

fn said(why: &Strange, images: usize) -> String {
    match why {
        Strange::Places { ap50 } => format!(
            "the model as it was reaches an AP50 of {ap50:.3} on these {images} pictures, so the labels are not of what it was \
             trained on: are the pictures others, or the classes in another order?"
        ),
        Strange::Classes { ap50, blind } => format!(
            "on these {images} pictures the model as it was finds what is labelled (AP50 {blind:.3} if classes do not count) \
             and calls it something else ({ap50:.3} if they do), so the numbers of the classes are not the model's: put them \
             into the order of its labels.txt, or give a COCO .json, in which classes have names"
        ),
    }
}
