//! What an optimisation run found: candidates for a model, what they cost, and which one is to be used.
//!
//! Accuracies are shares of 0 to 1 (a drop of one mAP point is 0.01), times are milliseconds unless a name says otherwise.

mod candidate;
mod doubt;
mod evidence;
mod recipe;
mod subject;
mod view;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use self::view::document;
pub use self::{
    candidate::{Agreement, Candidate, Estimate, Gate, Interval, Measure, Precision, Speed, Verdict},
    doubt::Doubt,
    evidence::{ClassChange, ClassMeasure, Classes, Example, Found, Layer, LayerMeasure, Sensitivity},
    recipe::{FloatType, IntegerForm, IntegerType, Ranges, RecipeStep},
    subject::{Baseline, Command, Footage, LabelSet, Machine, Model, Purpose, Setting, Stage, StageTime},
};

/// An optimisation run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The model as it was.
    pub model: Model,
    /// The box it was measured on.
    #[serde(rename = "box")]
    pub machine: Machine,
    /// The footage.
    pub footage: Footage,
    /// What is known to be on pictures, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<LabelSet>,
    /// What was asked for.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// How accurate the model is as it was.
    #[serde(default)]
    pub baseline: Baseline,
    /// What was tried, in the order in which it was.
    pub candidates: Vec<Candidate>,
    /// Why somebody insisted on a candidate that did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forced: Option<String>,
    /// How much each layer suffers by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<Sensitivity>,
    /// What became of each class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Classes>,
    /// Pictures in which the model as it was and a candidate see different things.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Example>,
    /// How long it took.
    #[serde(default)]
    pub stages: Vec<StageTime>,
    /// How to repeat it.
    #[serde(default)]
    pub commands: Vec<Command>,
}

impl Run {
    /// The candidate that is to be used.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.candidates
            .iter()
            .find(|candidate| candidate.verdict == Verdict::Chosen)
    }
}
