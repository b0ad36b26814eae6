//! Whether a candidate is good and fast enough.

use luchs_report::optimise::{Agreement, Estimate, Gate, Measure, Precision, Speed};

/// What a candidate has to keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Most that its mean average precision may be lower, 0 to 1; counts where there are labels.
    pub max_drop: f64,
    /// Least agreement with the original, 0 to 1; counts where there are none.
    pub min_agreement: f64,
    /// Largest mean difference of confidences, 0 to 1; counts where there are no labels.
    pub max_score_error: f64,
    /// How many times as fast as the original it has to be.
    pub min_speedup: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_drop: 0.01,
            min_agreement: 0.97,
            max_score_error: 0.05,
            min_speedup: 1.1,
        }
    }
}

/// Fewer boxes of the original than these are too few to agree on: one of them would be 4 %.
pub const FEWEST_BOXES: u32 = 25;

/// What was measured of a candidate. What is None could not be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// On labelled pictures; None without labels.
    pub precision: Option<&'a Precision>,
    /// How far it agrees with the original.
    pub agreement: Option<&'a Agreement>,
    /// How fast it is.
    pub speed: Option<&'a Speed>,
}

/// What the gates say of a candidate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// Each limit with what was measured.
    pub gates: Vec<Gate>,
    /// Why it is out although no gate tells.
    pub reason: Option<String>,
}

impl Judgement {
    /// Whether every gate is open.
    pub fn passes(&self) -> bool {
        self.reason.is_none() && self.gates.iter().all(|gate| gate.passed)
    }
}

impl Limits {
    /// Puts `evidence` through the gates. Where there are labels they decide, as only they say who of the two models is
    /// right; where there are none, the agreement does.
    pub fn judge(&self, evidence: Evidence<'_>) -> Judgement {
        let mut judgement = Judgement::default();
        match evidence {
            Evidence {
                precision: Some(precision),
                ..
            } => judgement
                .gates
                .push(gate(Measure::MapDrop, self.max_drop, precision.map_drop)),
            Evidence {
                agreement: Some(agreement),
                ..
            } if agreement.boxes >= FEWEST_BOXES => judgement.gates.extend([
                gate(Measure::Agreement, self.min_agreement, agreement.agreement),
                gate(Measure::ScoreError, self.max_score_error, agreement.score_error),
            ]),
            Evidence { agreement, .. } => {
                let boxes = agreement.map_or(0, |agreement| agreement.boxes);
                judgement.reason = Some(format!(
                    "the model as it was sees {boxes} objects on the footage, and {FEWEST_BOXES} are needed to compare with: \
                     give more of it, or --labels"
                ));
            }
        }
        match evidence.speed {
            Some(speed) => judgement
                .gates
                .push(gate(Measure::Speedup, self.min_speedup, speed.ratio)),
            None => judgement.reason = Some("it could not be measured how fast it is".to_owned()),
        }
        judgement
    }
}

/// What is not a number passes no gate.
fn gate(measure: Measure, limit: f64, value: Estimate) -> Gate {
    let passed = if measure.more_is_better() {
        value.value >= limit
    } else {
        value.value <= limit
    };
    Gate {
        measure,
        limit,
        value,
        passed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(value: f64) -> Estimate {
        Estimate { value, interval: None }
    }

    fn precision(drop: f64) -> Precision {
        Precision {
            map: 0.3,
            ap50: 0.5,
            map_drop: known(drop),
            ap50_drop: known(drop),
        }
    }

    fn agreement(share: f64, score_error: f64, boxes: u32) -> Agreement {
        Agreement {
            agreement: known(share),
            score_error: known(score_error),
            boxes,
        }
    }

    fn speed(ratio: f64) -> Speed {
        Speed {
            device: "cpu".into(),
            threads: 1,
            baseline_ms: 10.0,
            ms: 10.0 / ratio,
            ratio: known(ratio),
        }
    }

    /// The gates that are shut, and whether there is another reason.
    fn shut(
        precision: Option<&Precision>,
        agreement: Option<&Agreement>,
        speed: Option<&Speed>,
    ) -> (Vec<Measure>, bool) {
        let judgement = Limits::default().judge(Evidence {
            precision,
            agreement,
            speed,
        });
        let shut: Vec<_> = judgement
            .gates
            .iter()
            .filter(|gate| !gate.passed)
            .map(|gate| gate.measure)
            .collect();
        assert_eq!(judgement.passes(), shut.is_empty() && judgement.reason.is_none());
        (shut, judgement.reason.is_some())
    }

    #[test]
    fn each_gate_is_shut_by_its_own_figure() {
        use Measure::{Agreement as Agrees, MapDrop, ScoreError, Speedup};
        let good = || Some(agreement(0.98, 0.01, 500));
        let quick = || Some(speed(1.5));
        let cases = [
            ("good", (None, good(), quick()), (vec![], false)),
            (
                "at the limits",
                (None, Some(agreement(0.97, 0.05, 25)), Some(speed(1.1))),
                (vec![], false),
            ),
            (
                "at the limit of labels",
                (Some(precision(0.01)), good(), quick()),
                (vec![], false),
            ),
            (
                "better than before",
                (Some(precision(-0.01)), good(), quick()),
                (vec![], false),
            ),
            (
                "labels decide",
                (Some(precision(0.0)), Some(agreement(0.5, 0.5, 500)), quick()),
                (vec![], false),
            ),
            (
                "loses too much",
                (Some(precision(0.0101)), good(), quick()),
                (vec![MapDrop], false),
            ),
            (
                "sees something else",
                (None, Some(agreement(0.969, 0.01, 500)), quick()),
                (vec![Agrees], false),
            ),
            (
                "other confidences",
                (None, Some(agreement(0.98, 0.051, 500)), quick()),
                (vec![ScoreError], false),
            ),
            (
                "too few boxes",
                (None, Some(agreement(1.0, 0.0, 24)), quick()),
                (vec![], true),
            ),
            (
                "few boxes, but labels",
                (Some(precision(0.0)), Some(agreement(1.0, 0.0, 2)), quick()),
                (vec![], false),
            ),
            ("slow", (None, good(), Some(speed(1.09))), (vec![Speedup], false)),
            (
                "no numbers",
                (Some(precision(f64::NAN)), None, Some(speed(f64::NAN))),
                (vec![MapDrop, Speedup], false),
            ),
            ("speed unknown", (None, good(), None), (vec![], true)),
            ("nothing is known", (None, None, None), (vec![], true)),
        ];
        for (what, (precision, agreement, speed), expected) in cases {
            assert_eq!(
                shut(precision.as_ref(), agreement.as_ref(), speed.as_ref()),
                expected,
                "{what}"
            );
        }
    }

    #[test]
    fn limits_can_be_set() {
        let limits = Limits {
            max_drop: 0.02,
            min_speedup: 1.0,
            ..Limits::default()
        };
        let evidence = Evidence {
            precision: Some(&precision(0.012)),
            agreement: None,
            speed: Some(&speed(1.05)),
        };
        assert!(limits.judge(evidence).passes() && !Limits::default().judge(evidence).passes());
    }
}
