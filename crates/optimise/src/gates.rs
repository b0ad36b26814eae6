//! Whether a candidate is good and fast enough, and what speaks against it.

use std::fmt;

use serde::Serialize;

use crate::{agreement::Agreement, precision::Drop, speed::Speed};

/// What a candidate has to keep to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Limits {
    /// Most points of mean average precision that it may lose; counts where there are labels.
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
            max_drop: 1.0,
            min_agreement: 0.97,
            max_score_error: 0.05,
            min_speedup: 1.1,
        }
    }
}

/// Fewer boxes of the original than these are too few to agree on: one of them would be 4 %.
pub const FEWEST_BOXES: usize = 25;

/// What was measured of a candidate. What is None could not be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// What it loses on labelled images; None without labels.
    pub drop: Option<Drop>,
    /// How far it agrees with the original.
    pub agreement: Option<Agreement>,
    /// How fast it is.
    pub speed: Option<Speed>,
}

/// Why a candidate is rejected.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "gate")]
pub enum Rejection {
    /// It loses too much on labelled images.
    Drop {
        /// Points of mean average precision.
        lost: f64,
        /// Most it may lose.
        limit: f64,
    },
    /// It sees something else than the original.
    Agreement {
        /// 0 to 1.
        agreement: f64,
        /// Least it must have.
        limit: f64,
    },
    /// Its confidences mean something else.
    ScoreError {
        /// Mean difference, 0 to 1.
        error: f64,
        /// Largest it may be.
        limit: f64,
    },
    /// Nobody can say how far it agrees.
    TooFewBoxes {
        /// Boxes of the original on all frames.
        boxes: usize,
    },
    /// It is not fast enough.
    Slow {
        /// How many times as fast as the original.
        ratio: f64,
        /// Least it must be.
        limit: f64,
    },
    /// It does not run here, or gives no numbers.
    Broken {
        /// Why.
        reason: String,
    },
}

/// What a person should know of a candidate that passes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "doubt")]
pub enum Doubt {
    /// The loss may be above the limit: there are too few images to tell.
    DropUncertain {
        /// Upper end of the interval, points.
        high: f64,
    },
    /// The agreement may be below the limit.
    AgreementUncertain {
        /// Lower end of the interval, 0 to 1.
        low: f64,
    },
    /// The labels say that it is as good, but it does not see the same as the original.
    Disagrees {
        /// 0 to 1.
        agreement: f64,
    },
    /// The speed may be below the limit.
    SpeedUncertain {
        /// Lower end of the interval.
        low: f64,
    },
}

/// What the gates say of a candidate.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Verdict {
    /// What it failed at; it passes if there is nothing.
    pub rejections: Vec<Rejection>,
    /// What is not certain although it passes.
    pub doubts: Vec<Doubt>,
}

impl Verdict {
    /// Of a candidate that does not run.
    pub fn broken(reason: impl Into<String>) -> Self {
        Self {
            rejections: vec![Rejection::Broken { reason: reason.into() }],
            doubts: Vec::new(),
        }
    }

    /// Whether every gate is open.
    pub fn passes(&self) -> bool {
        self.rejections.is_empty()
    }
}

impl Limits {
    /// Puts `evidence` through the gates. Labels count for more than agreement: only they say who of the two is right.
    pub fn judge(&self, evidence: &Evidence) -> Verdict {
        let mut verdict = Verdict::default();
        match (&evidence.drop, &evidence.agreement) {
            (Some(drop), agreement) => self.by_labels(drop, agreement.as_ref(), &mut verdict),
            (None, Some(agreement)) => self.by_agreement(agreement, &mut verdict),
            (None, None) => verdict.rejections.push(Rejection::TooFewBoxes { boxes: 0 }),
        }
        match &evidence.speed {
            // Not a number is not fast.
            Some(speed) if speed.ratio >= self.min_speedup => {
                if speed.interval.low < self.min_speedup {
                    verdict.doubts.push(Doubt::SpeedUncertain {
                        low: speed.interval.low,
                    });
                }
            }
            speed => verdict.rejections.push(Rejection::Slow {
                ratio: speed.map_or(0.0, |speed| speed.ratio),
                limit: self.min_speedup,
            }),
        }
        verdict
    }

    fn by_labels(&self, drop: &Drop, agreement: Option<&Agreement>, verdict: &mut Verdict) {
        if !within(drop.map, self.max_drop) {
            verdict.rejections.push(Rejection::Drop {
                lost: drop.map,
                limit: self.max_drop,
            });
        } else if drop.map_interval.high > self.max_drop {
            verdict.doubts.push(Doubt::DropUncertain {
                high: drop.map_interval.high,
            });
        }
        if let Some(agreement) = agreement
            && agreement.reference >= FEWEST_BOXES
            && agreement.f1 < self.min_agreement
        {
            verdict.doubts.push(Doubt::Disagrees {
                agreement: agreement.f1,
            });
        }
    }

    fn by_agreement(&self, agreement: &Agreement, verdict: &mut Verdict) {
        if agreement.reference < FEWEST_BOXES {
            verdict.rejections.push(Rejection::TooFewBoxes {
                boxes: agreement.reference,
            });
            return;
        }
        if !within(-agreement.f1, -self.min_agreement) {
            verdict.rejections.push(Rejection::Agreement {
                agreement: agreement.f1,
                limit: self.min_agreement,
            });
        } else if agreement.interval.low < self.min_agreement {
            verdict.doubts.push(Doubt::AgreementUncertain {
                low: agreement.interval.low,
            });
        }
        if !within(agreement.score_error, self.max_score_error) {
            verdict.rejections.push(Rejection::ScoreError {
                error: agreement.score_error,
                limit: self.max_score_error,
            });
        }
    }
}

/// Whether `value` is at most `limit`; what is not a number is not.
fn within(value: f64, limit: f64) -> bool {
    value <= limit
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop { lost, limit } => write!(f, "loses {lost:.2} points of mAP, {limit} are allowed (--max-drop)"),
            Self::Agreement { agreement, limit } => write!(
                f,
                "agrees with the original in {:.1} % of the boxes, {:.1} % are asked for (--min-agreement)",
                agreement * 100.0,
                limit * 100.0
            ),
            Self::ScoreError { error, limit } => {
                write!(
                    f,
                    "its confidences are off by {error:.3} on average, {limit} is allowed"
                )
            }
            Self::TooFewBoxes { boxes } => write!(
                f,
                "the original sees {boxes} objects on the footage, which is too few to compare with ({FEWEST_BOXES}): give more \
                 of it, or --labels"
            ),
            Self::Slow { ratio, limit } => {
                write!(
                    f,
                    "is {ratio:.2} times as fast as the original, {limit} is asked for (--min-speedup)"
                )
            }
            Self::Broken { reason } => write!(f, "does not work here: {reason}"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DropUncertain { high } => write!(f, "may lose up to {high:.2} points of mAP: too few images to tell"),
            Self::AgreementUncertain { low } => {
                write!(
                    f,
                    "may agree in only {:.1} % of the boxes: too few frames to tell",
                    low * 100.0
                )
            }
            Self::Disagrees { agreement } => write!(
                f,
                "as good by the labels, but agrees with the original in only {:.1} % of the boxes",
                agreement * 100.0
            ),
            Self::SpeedUncertain { low } => {
                write!(f, "may be only {low:.2} times as fast: the measurement was disturbed")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::Interval;

    fn drop(map: f64, high: f64) -> Option<Drop> {
        let map_interval = Interval { low: map - 0.5, high };
        Some(Drop {
            map,
            map_interval,
            ap50: map,
            ap50_interval: map_interval,
            images: 64,
        })
    }

    fn agreement(f1: f64, low: f64, score_error: f64, reference: usize) -> Option<Agreement> {
        Some(Agreement {
            f1,
            interval: Interval { low, high: 1.0 },
            score_error,
            score_bias: 0.0,
            overlap: 0.9,
            reference,
            candidate: reference,
            frames: 64,
        })
    }

    fn speed(ratio: f64, low: f64) -> Option<Speed> {
        Some(Speed {
            reference_ms: 10.0,
            candidate_ms: 10.0 / ratio,
            ratio,
            interval: Interval { low, high: ratio + 0.1 },
            rounds: 40,
        })
    }

    const GOOD: (f64, f64, f64, usize) = (0.98, 0.975, 0.01, 500);

    #[test]
    fn each_gate_is_shut_by_its_own_figure() {
        let good = agreement(GOOD.0, GOOD.1, GOOD.2, GOOD.3);
        let nan = f64::NAN;
        let cases: [(&str, Evidence, &[&str], &[&str]); 15] = [
            ("passes by agreement", evidence(None, good, speed(1.5, 1.4)), &[], &[]),
            (
                "passes at the limits",
                evidence(None, agreement(0.97, 0.97, 0.05, 25), speed(1.1, 1.1)),
                &[],
                &[],
            ),
            (
                "passes by labels",
                evidence(drop(0.3, 0.9), good, speed(1.5, 1.4)),
                &[],
                &[],
            ),
            ("gains", evidence(drop(-0.3, 0.2), good, speed(1.5, 1.4)), &[], &[]),
            (
                "loses too much",
                evidence(drop(1.2, 2.0), good, speed(1.5, 1.4)),
                &["loses 1.20 points of mAP, 1 are"],
                &[],
            ),
            (
                "may lose too much",
                evidence(drop(0.8, 1.9), good, speed(1.5, 1.4)),
                &[],
                &["up to 1.90 points"],
            ),
            (
                "good by labels, sees something else",
                evidence(drop(0.8, 0.9), agreement(0.9, 0.8, 0.2, 500), speed(1.5, 1.4)),
                &[],
                &["only 90.0 %"],
            ),
            (
                "disagrees",
                evidence(None, agreement(0.96, 0.9, 0.0, 500), speed(1.5, 1.4)),
                &["in 96.0 % of the boxes, 97.0 %"],
                &[],
            ),
            (
                "may disagree",
                evidence(None, agreement(0.98, 0.95, 0.0, 500), speed(1.5, 1.4)),
                &[],
                &["only 95.0 %"],
            ),
            (
                "other scores",
                evidence(None, agreement(0.98, 0.98, 0.06, 500), speed(1.5, 1.4)),
                &["off by 0.060"],
                &[],
            ),
            (
                "nothing seen",
                evidence(None, agreement(1.0, 1.0, 0.0, 24), speed(1.5, 1.4)),
                &["sees 24 objects"],
                &[],
            ),
            (
                "slow",
                evidence(None, good, speed(1.05, 1.0)),
                &["1.05 times as fast", "--min-speedup"],
                &[],
            ),
            (
                "perhaps slow",
                evidence(None, good, speed(1.2, 1.05)),
                &[],
                &["only 1.05 times"],
            ),
            (
                "no numbers",
                evidence(drop(nan, nan), good, speed(nan, nan)),
                &["NaN points", "NaN times"],
                &[],
            ),
            (
                "nothing was measured",
                Evidence::default(),
                &["too few", "0.00 times"],
                &[],
            ),
        ];
        for (what, evidence, rejections, doubts) in cases {
            let verdict = Limits::default().judge(&evidence);
            assert_eq!(verdict.passes(), rejections.is_empty(), "{what}: {verdict:?}");
            says(what, &verdict.rejections, rejections);
            says(what, &verdict.doubts, doubts);
        }
    }

    fn evidence(drop: Option<Drop>, agreement: Option<Agreement>, speed: Option<Speed>) -> Evidence {
        Evidence { drop, agreement, speed }
    }

    fn says(what: &str, told: &[impl fmt::Display], expected: &[&str]) {
        let told: Vec<String> = told.iter().map(ToString::to_string).collect();
        let joined = told.join("; ");
        assert!(expected.iter().all(|words| joined.contains(words)), "{what}: {joined}");
        assert_eq!(told.is_empty(), expected.is_empty(), "{what}: {joined}");
    }

    #[test]
    fn limits_can_be_set() {
        let limits = Limits {
            max_drop: 2.0,
            min_speedup: 1.0,
            ..Limits::default()
        };
        assert!(limits.judge(&evidence(drop(1.2, 1.9), None, speed(1.05, 1.0))).passes());
    }

    #[test]
    fn what_does_not_run_is_rejected_with_the_reason() {
        let verdict = Verdict::broken("no such operator");
        assert!(!verdict.passes());
        assert_eq!(
            verdict.rejections[0].to_string(),
            "does not work here: no such operator"
        );
    }
}
