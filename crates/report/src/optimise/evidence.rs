//! What is shown beside the figures: layers, classes, pictures.

use luchs_scene::event::NormalizedBox;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Picture;

/// How much each layer suffers if it is the only one that computes with integers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sensitivity {
    /// What `error` of the layers is.
    pub measure: LayerMeasure,
    /// In any order.
    pub layers: Vec<Layer>,
}

/// How a layer's suffering is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LayerMeasure {
    /// Root mean square of the change of the model's outputs, as a share of that of the outputs.
    OutputError,
    /// Mean change of the scores, 0 to 1.
    ScoreError,
}

/// A layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Layer {
    /// Its name in the graph.
    pub name: String,
    /// Its operator: `Conv`.
    pub operator: String,
    /// How much it suffers.
    pub error: f64,
    /// Whether it stayed in float in the candidate that is to be used.
    #[serde(default)]
    pub kept_float: bool,
}

/// What became of each class with a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Classes {
    /// Name of the candidate.
    pub candidate: String,
    /// What `before` and `after` are.
    pub measure: ClassMeasure,
    /// In any order.
    pub classes: Vec<ClassChange>,
}

/// What is told of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClassMeasure {
    /// Average precision at overlaps of 0.5 to 0.95, 0 to 1.
    AveragePrecision,
    /// Mean score of its boxes, 0 to 1.
    Score,
}

/// A class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClassChange {
    /// Its name.
    pub label: String,
    /// With the model as it was.
    pub before: f64,
    /// With the candidate.
    pub after: f64,
    /// How many objects of it there were.
    pub objects: u32,
}

/// A picture in which two models see different things.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Example {
    /// Which one it is: a file, a time.
    pub name: String,
    /// Name of the candidate.
    pub candidate: String,
    /// The picture.
    pub picture: Picture,
    /// What the model as it was finds.
    pub before: Vec<Found>,
    /// What the candidate finds.
    pub after: Vec<Found>,
}

/// A box on a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Class name.
    pub label: String,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// Where, in parts of the picture.
    #[serde(rename = "box")]
    pub area: NormalizedBox,
    /// Whether the other model has it, too, by the measure of [`Agreement`](super::Agreement).
    pub agrees: bool,
}
