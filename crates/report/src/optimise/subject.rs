//! What was optimised, on what, with what.

use luchs_scene::Size;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Doubt;

/// The model as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Short name.
    pub name: String,
    /// Version of the weights.
    pub version: String,
    /// SHA-256 of the ONNX file, 64 hexadecimal digits.
    pub digest: String,
    /// Size of the ONNX file.
    pub bytes: u64,
    /// How its outputs are read.
    pub family: String,
    /// Size of its input in pixels.
    pub input: Size,
    /// Licence of the weights.
    pub licence: String,
    /// Where the weights are from.
    pub source: String,
}

/// The box it was measured on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// What the CPU calls itself.
    pub cpu: String,
    /// CPUs that could be used.
    pub cores: u32,
    /// Main memory.
    pub memory_bytes: u64,
    /// What ran the models, with its version: `ONNX Runtime 1.22.0`.
    pub runtime: String,
    /// What makes times doubtful.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

/// The footage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Footage {
    /// File, folder or camera.
    pub name: String,
    /// SHA-256 over the frames that were used, 64 hexadecimal digits.
    pub digest: String,
    /// Frames from which ranges were taken.
    pub calibration_frames: u32,
    /// Frames, other ones, on which candidates were compared with the model as it was.
    pub comparison_frames: u32,
}

/// Pictures of which is known what is on them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabelSet {
    /// Folder or file.
    pub name: String,
    /// How many pictures.
    pub images: u32,
    /// How many objects on all of them.
    pub objects: u32,
}

/// An option of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// As on the command line: `--max-drop`.
    pub option: String,
    /// Its value.
    pub value: String,
    /// Whether nobody asked for it.
    pub default: bool,
}

/// How accurate the model is as it was, by the COCO protocol; empty without labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// Mean average precision at overlaps of 0.5 to 0.95, 0 to 1.
    pub map: Option<f64>,
    /// The same at an overlap of 0.5.
    pub ap50: Option<f64>,
}

/// A part of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Taking frames of the footage.
    Footage,
    /// The same results with fewer operators.
    CleanUp,
    /// Ranges from frames.
    Calibration,
    /// How much each layer suffers.
    Sensitivity,
    /// Making the candidates.
    Candidates,
    /// Judging what they find.
    Accuracy,
    /// Measuring how long they take.
    Speed,
    /// Something else, in words.
    #[serde(untagged)]
    Other(String),
}

/// How long a part took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageTime {
    /// Which part.
    pub stage: Stage,
    /// How long.
    pub seconds: f64,
}

/// What a command is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// The whole run again.
    Run,
    /// Accuracy again.
    Accuracy,
    /// Speed again.
    Speed,
    /// The passport of the result.
    Passport,
    /// Something else, in words.
    #[serde(untagged)]
    Other(String),
}

/// A command that repeats something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    /// What it is for.
    pub purpose: Purpose,
    /// For a shell.
    pub text: String,
}
