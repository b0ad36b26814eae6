//! A camera's launch line, and what it takes besides to run it.

use std::{fmt, path::PathBuf};

use luchs_scene::Name;

use super::template::TemplateError;
use crate::config::{Priority, Secret};

/// A camera's launch line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The camera.
    pub camera: Name,
    /// The words for `gst-launch-1.0`. Credentials are never among them.
    pub words: Vec<String>,
    /// Where the camera is, for people.
    pub shown: String,
    /// User and password of the camera: given to the source when the line is built.
    pub credentials: Secret,
    /// The authority of the camera's certificate.
    pub tls_ca: Option<PathBuf>,
    /// Where its pictures come from.
    pub kind: Kind,
    /// Whether a hardware decoder may be used.
    pub hardware: bool,
    /// The model looks at one frame of so many.
    pub interval: u32,
    /// Who gives way when the work exceeds the box.
    pub priority: Priority,
}

/// Where pictures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A camera on the network, which may want credentials.
    Network,
    /// A camera of this computer.
    Device,
    /// A recording.
    File {
        /// Whether it begins anew at its end.
        repeats: bool,
    },
}

/// Why there is no line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// No such camera.
    #[error("there is no camera “{camera}” in the configuration; there {}", list(known))]
    Unknown {
        /// The camera.
        camera: Name,
        /// Those that there are.
        known: Vec<Name>,
    },
    /// Nowhere to deliver to.
    #[error("the configuration names no broker: add [broker] with url = \"mqtts://…\"")]
    NoBroker,
    /// A path that GStreamer cannot be given.
    #[error("{path} is not UTF-8: use a path that is", path = .0.display())]
    Path(PathBuf),
    /// The template and its values do not match.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The key for the broker is nowhere.
    #[error("no private key for the broker: name it as `key` in [broker], or give systemd the credential “broker.key”")]
    NoKey,
}

fn list(known: &[Name]) -> String {
    let names: Vec<_> = known.iter().map(Name::as_str).collect();
    if names.is_empty() {
        "is none".to_owned()
    } else {
        format!("are: {}", names.join(", "))
    }
}

/// As a person can paste it into a shell.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("gst-launch-1.0")?;
        for word in &self.words {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_=/.:,+%@".contains(c);
            // An exclamation mark alone means nothing to a shell.
            if word == "!" || (word.chars().all(plain) && !word.is_empty()) {
                write!(f, " {word}")?;
            } else {
                write!(f, " '{}'", word.replace('\'', r"'\''"))?;
            }
        }
        Ok(())
    }
}
