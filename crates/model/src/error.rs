//! Why a model is not loaded.

use std::{io, path::PathBuf};

use luchs_vision::{Family, Unrecognized};

use crate::{Digest, LintError, ModelInfoError, PassportError, TrustError, passport};

/// Why a model is not loaded. Messages name the file, the reason and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Nothing there.
    #[error("{}: no such file; check the path, or fetch the model with “luchs model fetch”", path.display())]
    NotFound {
        /// What was looked for.
        path: PathBuf,
    },
    /// A directory without a passport.
    #[error("{}: the directory has no {}; give a directory with a passport, or a .onnx file", path.display(), passport::FILE_NAME)]
    NoPassport {
        /// The directory.
        path: PathBuf,
    },
    /// A pipe, device or directory where a file should be.
    #[error("{}: not a regular file; give a .onnx file or a directory with a passport", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// No permission, a failing disk.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// More than any model of ours.
    #[error("{}: larger than {limit} bytes, which is too large for its purpose", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// A text file in another encoding, or no text at all.
    #[error("{}: not a text in UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// Nobody who is trusted stands for it.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The passport does not count.
    #[error(transparent)]
    Passport(#[from] PassportError),
    /// The passport speaks of other bytes.
    #[error(
        "{}: the file has the SHA-256 {found}, its passport {} says {expected}: it was altered; fetch the model again, or \
         correct the passport if the change was yours", path.display(), passport.display()
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// The passport.
        passport: PathBuf,
        /// Digest in the passport.
        expected: Digest,
        /// Digest of the file.
        found: Digest,
    },
    /// Not a file that the runtime should see.
    #[error("{}: {source}", path.display())]
    Lint {
        /// The file.
        path: PathBuf,
        /// Why.
        source: LintError,
    },
    /// Inputs that no frame can be written into.
    #[error("{}: {reason}", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The size of the input is nowhere said.
    #[error("{}: the model leaves the size of its input open; add width and height to [input] of its passport", path.display())]
    OpenSize {
        /// The file.
        path: PathBuf,
    },
    /// The .modelinfo file beside a bare model does not count.
    #[error(transparent)]
    ModelInfo(#[from] ModelInfoError),
    /// A model that does something else.
    #[error(
        "{}: its notes say that it was made to {task}, which is not supported; export one for the task detect or classify",
        path.display()
    )]
    Task {
        /// The file.
        path: PathBuf,
        /// The task, as the file says it.
        task: String,
    },
    /// Outputs that no decoder reads.
    #[error("{}: {source}", path.display())]
    Family {
        /// The file.
        path: PathBuf,
        /// What was seen, and what is known.
        source: Unrecognized,
    },
    /// The passport's family is not what the outputs look like.
    #[error("{}: the passport says family “{declared}”, but the outputs are those of “{seen}”; correct model.family", path.display())]
    OtherFamily {
        /// The file.
        path: PathBuf,
        /// In the passport.
        declared: Family,
        /// By the outputs.
        seen: Family,
    },
    /// Labels of another model.
    #[error("{} has {labels} labels, but {} tells {classes} classes apart; use the labels file that belongs to the model", labels_path.display(), path.display())]
    LabelCount {
        /// The model.
        path: PathBuf,
        /// Its classes.
        classes: usize,
        /// The labels file.
        labels_path: PathBuf,
        /// Its labels.
        labels: usize,
    },
}
