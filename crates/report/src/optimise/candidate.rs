//! What was tried, and what came of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RecipeStep;

/// A model that may take the place of the one that was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// Short name, unique in the run.
    pub name: String,
    /// How it was made.
    pub recipe: Vec<RecipeStep>,
    /// Size of its ONNX file; None if it was not made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// SHA-256 of that file, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Whether it runs in Luchs only, as it has an operator that other programs do not know.
    #[serde(default)]
    pub own_operator: bool,
    /// How accurate it is on labelled pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// How far it agrees with the model as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
    /// How fast it is, the case that decides first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub speeds: Vec<Speed>,
    /// What it had to pass.
    #[serde(default)]
    pub gates: Vec<Gate>,
    /// What came of it.
    pub verdict: Verdict,
}

/// Limits within which a value lies with a probability of 95 % (bootstrap).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// A value that was measured on a sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Within which limits it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
}

/// Accuracy on labelled pictures by the COCO protocol.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Precision {
    /// Mean average precision at overlaps of 0.5 to 0.95, 0 to 1.
    pub map: f64,
    /// The same at an overlap of 0.5.
    pub ap50: f64,
    /// By how much `map` is lower than that of the model as it was; negative if it is higher.
    pub map_drop: Estimate,
    /// The same for `ap50`.
    pub ap50_drop: Estimate,
}

/// How far two models find the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Agreement {
    /// Share of the boxes of either model that the other one has, too, 0 to 1.
    pub agreement: Estimate,
    /// Mean difference of the scores of boxes that both have, 0 to 1.
    pub score_error: Estimate,
    /// How many boxes were compared.
    pub boxes: u32,
}

/// How fast a candidate is: both models in turn on the same frames, medians.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Speed {
    /// The device, as elements name it.
    pub device: String,
    /// Threads of the session.
    pub threads: u32,
    /// Milliseconds for a frame with the model as it was.
    pub baseline_ms: f64,
    /// Milliseconds for a frame with the candidate.
    pub ms: f64,
    /// How many times as fast the candidate is.
    pub ratio: Estimate,
}

/// What a gate measures, and so which side of the limit is the good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// [`Precision::map_drop`], at most the limit.
    MapDrop,
    /// [`Precision::ap50_drop`], at most the limit.
    Ap50Drop,
    /// [`Agreement::agreement`], at least the limit.
    Agreement,
    /// [`Agreement::score_error`], at most the limit.
    ScoreError,
    /// [`Speed::ratio`], at least the limit.
    Speedup,
}

impl Measure {
    /// Whether more is better.
    pub fn more_is_better(self) -> bool {
        matches!(self, Self::Agreement | Self::Speedup)
    }
}

/// A limit, and what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gate {
    /// What is measured.
    pub measure: Measure,
    /// The limit.
    pub limit: f64,
    /// What was measured.
    pub value: Estimate,
    /// Whether that is enough.
    pub passed: bool,
}

impl Gate {
    /// Whether the value is on one side of the limit, but part of the interval on the other: a larger sample could turn it.
    pub fn uncertain(&self) -> bool {
        self.value
            .interval
            .is_some_and(|Interval { low, high }| low < self.limit && self.limit < high)
    }
}

/// What came of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Verdict {
    /// It is to be used.
    Chosen,
    /// It could be used, but another one is better.
    Passed,
    /// It is not good enough.
    Rejected {
        /// Why, where the gates do not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// It could not be made or run.
    Failed {
        /// What the program said.
        error: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_is_uncertain_where_its_limit_is_within_the_interval() {
        let gate = |low, high| Gate {
            measure: Measure::MapDrop,
            limit: 0.01,
            value: Estimate {
                value: 0.008,
                interval: Some(Interval { low, high }),
            },
            passed: true,
        };
        assert!(gate(-0.003, 0.019).uncertain());
        assert!(!gate(-0.003, 0.0095).uncertain());
        let known = Gate {
            value: Estimate {
                value: 0.008,
                interval: None,
            },
            ..gate(0.0, 1.0)
        };
        assert!(!known.uncertain());
    }
}
