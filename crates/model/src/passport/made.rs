//! Section `[made]`: what a model that was made of another one was made of, how, and by whom.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Digest;

/// Section `[made]`. With what stands here, and the same frames, the model can be made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// The program and its version.
    pub by: String,
    /// Why a gate would have rejected the model, if a person wanted it all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forced: Option<String>,
    /// The model that it was made of.
    pub parent: Parent,
    /// How.
    pub recipe: Recipe,
    /// On which frames; None if none were needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Versions of the tools, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tools: BTreeMap<String, String>,
    /// The files from the published weights to the parent, the first first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Link>,
}

/// The model that another one was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// Its name.
    pub name: String,
    /// Version of its weights, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Digest of its ONNX file.
    pub sha256: Digest,
}

/// How a model was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// In which form numbers and operators are written, in a word of the tool: `qdq`, `nhwc` …
    pub form: String,
    /// How the ranges of values were found: `minmax`, `percentile`, `mse` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranges: Option<String>,
    /// With what functions of one value are computed: `stock` or `table`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointwise: Option<String>,
    /// Names of the layers that stayed in floating point.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub float: Vec<String>,
    /// What was done besides, step by step, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
}

/// The frames that ranges of values were taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Digest over the frames as the model was fed them.
    pub sha256: Digest,
    /// How many.
    pub frames: u32,
    /// Where they are from, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footage: Option<String>,
}

/// A file on the way to the parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it is and where from, or what was done to the file before.
    pub what: String,
    /// Its digest.
    pub sha256: Digest,
}
