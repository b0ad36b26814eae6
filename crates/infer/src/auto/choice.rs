//! What was chosen, and why.

use std::{fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use luchs_model::Operator;

use super::agreement::LIMIT;
use crate::Device;

/// What `device=auto` chose.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The device.
    pub device: Device,
    /// All candidates, the CPU first.
    pub tried: Vec<Tried>,
    /// How this is known.
    pub source: Source,
}

/// How a choice is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// There is nothing else.
    Only,
    /// The model needs this operator, which only the CPU has.
    Operator(Operator),
    /// The input's size or kind is not known before the model is opened with a passport, so nothing could be measured.
    Unmeasurable(String),
    /// Measured now; it took this long.
    Measured(Duration),
    /// Measured earlier by this process.
    Earlier,
    /// Read from this file.
    Remembered(PathBuf),
}

/// A candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The device, as it is named.
    pub device: String,
    /// Milliseconds for a run, the fastest of several; None if it was not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<f64>,
    /// What is thought of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// What is thought of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// The others are compared with it.
    Reference,
    /// Its outputs are those of the reference, but for this error (see [`super::agreement`]).
    Agrees {
        /// The largest of an output.
        error: f64,
    },
    /// Its outputs are others.
    Disagrees {
        /// The output with the largest error.
        output: String,
        /// The error; infinite for values that are no numbers.
        error: f64,
    },
    /// It does not run the model.
    Failed {
        /// Why.
        reason: String,
    },
    /// It was not tried.
    Skipped {
        /// Why.
        reason: String,
    },
}

impl Tried {
    /// Whether it may be chosen.
    pub(crate) fn eligible(&self) -> bool {
        matches!(self.verdict, Verdict::Reference | Verdict::Agrees { .. }) && self.ms.is_some()
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.device)?;
        if let Some(ms) = self.ms {
            write!(f, " {ms:.2} ms")?;
        }
        match &self.verdict {
            Verdict::Reference => Ok(()),
            Verdict::Agrees { error } => write!(f, " (agrees with cpu, error {error:.3} of at most {LIMIT})"),
            Verdict::Disagrees { output, error } => {
                write!(
                    f,
                    " (refused: output “{output}” differs from cpu's, error {error:.3} of at most {LIMIT})"
                )
            }
            Verdict::Failed { reason } => write!(f, " (does not run the model: {reason})"),
            Verdict::Skipped { reason } => write!(f, " (not tried: {reason})"),
        }
    }
}

/// One sentence for a person.
impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "device=auto takes {}", self.device)?;
        match &self.source {
            Source::Only => f.write_str(", the only device here")?,
            Source::Operator(operator) => write!(f, ": the model needs {operator}, which only the CPU has")?,
            Source::Unmeasurable(reason) => write!(f, ": {reason}")?,
            Source::Measured(time) => write!(f, ", measured in {:.1} s", time.as_secs_f64())?,
            Source::Earlier => f.write_str(", as measured earlier")?,
            Source::Remembered(path) => write!(f, ", as remembered in {}", path.display())?,
        }
        for (index, tried) in self.tried.iter().enumerate() {
            write!(f, "{}{tried}", if index == 0 { ": " } else { ", " })?;
        }
        Ok(())
    }
}
