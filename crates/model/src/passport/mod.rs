//! `model.toml`: what a model is, how it wants its input, and the digest of every file that belongs to it.

mod input;
mod made;
mod measured;
#[cfg(test)]
mod tests;
mod text;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use luchs_vision::Family;
use serde::{Deserialize, Serialize};

pub use input::Input;
pub use made::{Calibration, Link, Made, Parent, Recipe};
pub use measured::{Accuracy, Latency, Metric};

use crate::{Digest, Operator};

/// Name of the passport in a model's directory.
pub const FILE_NAME: &str = "model.toml";

/// No model has more: all of them are read when it is loaded.
const MOST_FILES: usize = 16;

/// A model's passport. Unknown keys are errors: a misspelt threshold must not be a silent default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passport {
    /// What it is.
    pub model: Identity,
    /// How it wants its input.
    pub input: Input,
    /// Which boxes count.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// SHA-256 of every file of the model, by its name in the directory.
    pub files: BTreeMap<String, Digest>,
    /// What it was made of and how, if it was made of another model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
    /// How good it was found to be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accuracy: Vec<Accuracy>,
    /// How fast it was found to be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub latency: Vec<Latency>,
}

/// Section `[model]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Short name.
    pub name: String,
    /// Version of the weights.
    pub version: String,
    /// The ONNX file.
    pub file: String,
    /// The labels file, one class a line.
    pub labels: String,
    /// How the outputs are read.
    #[serde(with = "text::one")]
    pub family: Family,
    /// Operators of Luchs's own that it needs, beside those that every ONNX Runtime has.
    #[serde(default, with = "text::list", skip_serializing_if = "Vec::is_empty")]
    pub operators: Vec<Operator>,
    /// Licence of the weights.
    pub licence: String,
    /// Where the weights are from.
    pub source: String,
}

/// Section `[thresholds]`: the defaults of elements and tools.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Boxes below this confidence (0 to 1) are dropped.
    pub confidence: f32,
    /// Of two boxes of a class that overlap by more than this (intersection over union, 0 to 1), one is dropped.
    pub iou: f32,
}

impl Default for Thresholds {
    /// Low, because ByteTrack's second association lives on boxes that are no detections by themselves.
    fn default() -> Self {
        Self {
            confidence: 0.1,
            iou: 0.65,
        }
    }
}

/// Why a passport does not count.
#[derive(Debug, thiserror::Error)]
pub enum PassportError {
    /// Not TOML, or not a passport; the reason has line and column.
    #[error("{}: {source}", path.display())]
    Syntax {
        /// The passport.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A value that makes no sense.
    #[error("{}: {key} {reason}", path.display())]
    Value {
        /// The passport.
        path: PathBuf,
        /// Which value.
        key: String,
        /// Why.
        reason: String,
    },
}

impl Passport {
    /// Reads the text of a passport; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Self, PassportError> {
        let passport: Self = toml::from_str(text).map_err(|source| PassportError::Syntax {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let wrong = |(key, reason)| PassportError::Value {
            path: path.to_owned(),
            key,
            reason,
        };
        passport.problem().map_or(Ok(()), |problem| Err(wrong(problem)))?;
        Ok(passport)
    }

    /// The text of a passport, which [`Passport::parse`] reads; an error if that would not take it. `path` is for messages.
    pub fn to_text(&self, path: &Path) -> Result<String, PassportError> {
        let failed = |(key, reason)| PassportError::Value {
            path: path.to_owned(),
            key,
            reason,
        };
        self.problem().map_or(Ok(()), |problem| Err(failed(problem)))?;
        toml::to_string(self)
            .map_err(|error| failed(("the passport".to_owned(), format!("cannot be written: {error}"))))
    }

    /// The first value that makes no sense: its key, and why.
    fn problem(&self) -> Option<(String, String)> {
        self.problem_of_files()
            .or_else(|| self.problem_of_use())
            .or_else(|| self.problem_of_measurements())
    }

    fn problem_of_files(&self) -> Option<(String, String)> {
        let Self { files, model, .. } = self;
        if files.len() > MOST_FILES {
            let reason = format!("names {} files, but a model has {MOST_FILES} at most", files.len());
            return Some(("files".to_owned(), reason));
        }
        if let Some(name) = files.keys().find(|name| !is_plain(name)) {
            let reason = "is not a plain file name of the same directory".to_owned();
            return Some((format!("files.{name:?}"), reason));
        }
        let named = [("model.file", &model.file), ("model.labels", &model.labels)];
        let (key, name) = named.into_iter().find(|(_, name)| !files.contains_key(*name))?;
        let reason = format!("names “{name}”, which has no digest in [files]: add \"{name}\" = \"<sha256>\"");
        Some((key.to_owned(), reason))
    }

    fn problem_of_use(&self) -> Option<(String, String)> {
        let Self { thresholds, input, .. } = self;
        for (key, value) in [
            ("thresholds.confidence", thresholds.confidence),
            ("thresholds.iou", thresholds.iou),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Some((key.to_owned(), format!("is {value}, but must be 0 to 1")));
            }
        }
        if !input.mean.iter().all(|v| v.is_finite()) {
            return Some(("input.mean".to_owned(), "must be three finite numbers".to_owned()));
        }
        let divides = input.std.iter().all(|v| v.is_normal());
        let reason = "must be three finite numbers other than 0: they divide";
        (!divides).then(|| ("input.std".to_owned(), reason.to_owned()))
    }

    fn problem_of_measurements(&self) -> Option<(String, String)> {
        let accuracy = self.accuracy.iter().map(|one| ("accuracy", one.problem()));
        let latency = self.latency.iter().map(|one| ("latency", one.problem()));
        accuracy.chain(latency).find_map(|(section, problem)| {
            let (key, reason) = problem?;
            Some((format!("{section}.{key}"), reason))
        })
    }
}

/// A name that cannot lead out of its directory.
pub(crate) fn is_plain(name: &str) -> bool {
    let path = Path::new(name);
    !name.is_empty() && !name.contains('\\') && path.file_name().is_some_and(|file| file == path.as_os_str())
}
