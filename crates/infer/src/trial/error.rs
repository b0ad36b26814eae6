//! Why a model did not pass its trial, or had none.

use std::{io, path::PathBuf};

use super::place::{HELPER, HELPER_FOLDER, HELPER_VARIABLE};

/// Why a model did not pass its trial, or had none.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TrialError {
    /// The helper is not installed.
    #[error(
        "{}: the model is not signed by a trusted key, and cannot be tried out first: {HELPER} is neither in {} nor in \
         {HELPER_FOLDER}; install the luchs package, set {HELPER_VARIABLE} to its path, or sign the model with “luchs model \
         sign”", model.display(), beside.display()
    )]
    NoHelper {
        /// The model's file.
        model: PathBuf,
        /// Where our own code is.
        beside: PathBuf,
    },
    /// The helper does not run.
    #[error("{}: the model cannot be tried out: {}: {reason}; install the luchs package again", model.display(), helper.display())]
    Helper {
        /// The model's file.
        model: PathBuf,
        /// The helper.
        helper: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// The runtime refused it; the reason names the file.
    #[error("{reason}")]
    Refused {
        /// What the runtime says.
        reason: String,
    },
    /// It took too much.
    #[error("{}: in its trial the model {what}; if you trust it all the same, sign it with “luchs model sign”", model.display())]
    Limit {
        /// The model's file.
        model: PathBuf,
        /// What it took.
        what: String,
    },
    /// The runtime crashed.
    #[error(
        "{}: in its trial the model crashed ONNX Runtime (signal {signal}) or needed more than {memory} MiB of memory; it is \
         damaged or hostile: fetch or export it again", model.display()
    )]
    Crashed {
        /// The model's file.
        model: PathBuf,
        /// By which signal.
        signal: i32,
        /// What it might use.
        memory: u64,
    },
}

impl TrialError {
    /// Whether the model is to blame, and not the machine.
    pub fn is_the_models(&self) -> bool {
        !matches!(self, Self::NoHelper { .. } | Self::Helper { .. })
    }

    pub(super) fn helper(model: PathBuf, helper: PathBuf, error: &io::Error) -> Self {
        let reason = error.to_string();
        Self::Helper { model, helper, reason }
    }
}
