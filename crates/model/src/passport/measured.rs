//! Sections `[[accuracy]]` and `[[latency]]`: how good and how fast a model was found to be.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Digest;

/// One of the sections `[[accuracy]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Accuracy {
    /// What was measured.
    pub metric: Metric,
    /// The result, 0 to 1.
    pub value: f64,
    /// Where the value lies with a probability of 95 %, were the images others of their kind (bootstrap).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// The same of the model that this one was made of, on the same images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<f64>,
    /// Where the value less the parent's lies, likewise (both on the same redrawn images).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<[f64; 2]>,
    /// On what.
    pub dataset: String,
    /// Digest of that, as who measured it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset_sha256: Option<Digest>,
    /// On how many images.
    pub images: u32,
    /// The device, as elements name it; None for the CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// A measure of how good a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Mean average precision at overlaps of 0.5 to 0.95, by the COCO protocol.
    Map,
    /// The same at an overlap of 0.5.
    Ap50,
    /// Which part of the parent's objects it finds too, and of its own the parent: needs no labels.
    Agreement,
    /// How far its scores are from the parent's, on the average; less is better.
    ScoreError,
}

/// One of the sections `[[latency]]`: milliseconds for one frame, the model alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Latency {
    /// What it ran on, in words: the model of the CPU, and of the device if that is another.
    pub hardware: String,
    /// The device, as elements name it.
    pub device: String,
    /// Threads of the session.
    pub threads: u32,
    /// Median milliseconds.
    pub ms: f64,
    /// The same of the model that this one was made of, measured in turn with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_ms: Option<f64>,
    /// How many times as fast as its parent it is: the median of the ratios of neighbouring runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
}

impl Accuracy {
    /// What makes no sense in it: key and reason.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        for (key, value) in [("value", Some(self.value)), ("parent", self.parent)] {
            if let Some(value) = value.filter(|value| !(0.0..=1.0).contains(value)) {
                return Some((key, format!("is {value}, but must be 0 to 1")));
            }
        }
        for (key, ends) in [("interval", self.interval), ("change", self.change)] {
            if let Some([low, high]) = ends.filter(|[low, high]| !(-1.0 <= *low && low <= high && *high <= 1.0)) {
                return Some((key, format!("is {low} to {high}, but must go upwards within −1 to 1")));
            }
        }
        None
    }
}

impl Latency {
    /// What makes no sense in it: key and reason.
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        let values = [
            ("ms", Some(self.ms)),
            ("parent-ms", self.parent_ms),
            ("ratio", self.ratio),
        ];
        values.into_iter().find_map(|(key, value)| {
            let value = value.filter(|value| !(value.is_finite() && *value > 0.0))?;
            Some((key, format!("is {value}, but must be more than 0")))
        })
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Map => "mAP",
            Self::Ap50 => "AP50",
            Self::Agreement => "agreement",
            Self::ScoreError => "score error",
        })
    }
}
