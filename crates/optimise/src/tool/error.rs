//! What goes wrong with the part in Python.

use std::{io, path::PathBuf};

/// What goes wrong with the part in Python.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// Its files are not there.
    #[error(
        "the tool that makes models smaller was looked for in {} and not found; install the package luchs, or name its \
         folder with --tools", places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(" and ")
    )]
    NoTool {
        /// Where it was looked for.
        places: Vec<PathBuf>,
    },
    /// A program does not start.
    #[error("{}: {source}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its Python packages could not be installed.
    #[error("Python's packages for it could not be installed in {}: {said}", folder.display())]
    Setup {
        /// Where they were to go.
        folder: PathBuf,
        /// What was said last.
        said: String,
    },
    /// It found something wrong with what it was given.
    #[error("{said}")]
    Refused {
        /// What it said.
        said: String,
    },
    /// It failed.
    #[error("“{step}” failed: {said}")]
    Failed {
        /// What it was asked for.
        step: String,
        /// What it said last.
        said: String,
        /// Whether the disk is the reason.
        disk: bool,
    },
    /// What it left behind cannot be read.
    #[error("{}: {reason}", path.display())]
    Result {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The log cannot be written.
    #[error("{}: {source}", path.display())]
    Log {
        /// The log.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The person wants no more.
    #[error("stopped")]
    Stopped,
}
