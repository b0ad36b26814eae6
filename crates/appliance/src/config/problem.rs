//! What is wrong with a configuration.

use std::{fmt, path::PathBuf};

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It is allowed, but probably not meant.
    Warning,
    /// Nothing can run like this.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A place in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Its line, from 1.
    pub line: usize,
    /// Its first character in that line, from 1.
    pub column: usize,
    /// So many characters of the line.
    pub length: usize,
    /// The line, without what could be secret.
    pub source: String,
}

/// One thing that is wrong. No text of it repeats anything secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The key or table, such as `camera.gate.url`.
    pub key: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Where; none when the file as a whole cannot be read.
    #[serde(flatten)]
    pub place: Option<Place>,
}

/// All that is wrong with a file, in its order; at least one is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problems {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// Whether the file could not even be read: this machine is in the way, not the text.
    #[serde(skip)]
    pub unread: bool,
}

impl Problems {
    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .count()
    }
}

impl std::error::Error for Problems {}

/// For a log: a line for each, without the lines of the file.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            write!(f, "{}", self.file.display())?;
            if let Some(place) = &problem.place {
                write!(f, ":{}:{}", place.line, place.column)?;
            }
            write!(f, ": {}: {}", problem.severity, problem.message)?;
            if let Some(help) = &problem.help {
                write!(f, "; {help}")?;
            }
        }
        Ok(())
    }
}
