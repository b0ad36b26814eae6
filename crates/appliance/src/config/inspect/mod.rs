//! The second look: at the files that a configuration names.

mod broker;
mod cameras;
mod readers;

use std::{io, path::Path};

use luchs_scene::printable;
use luchs_seal::{Exposure, PrivateError};

use super::{Config, Problem, Severity};

impl Config {
    /// What is wrong with the files that are named: missing, not readable, open to others, not what they should be. Reads
    /// them all and writes none; says nothing of what is in them.
    ///
    /// This is apart from [`Config::load`] because a file can be there again a moment later: a disk that is mounted late, a
    /// camera that is plugged in. The service decides itself what it can start without.
    pub fn inspect(&self) -> Vec<Problem> {
        let mut found = Found {
            config: self,
            problems: Vec::new(),
        };
        if self.enabled().next().is_some() {
            broker::inspect(&mut found);
            readers::inspect(&mut found);
        }
        cameras::inspect(&mut found);
        let place = |problem: &Problem| problem.place.as_ref().map(|place| (place.line, place.column));
        found.problems.sort_by_key(place);
        found.problems.dedup();
        found.problems
    }
}

/// What was found so far.
struct Found<'c> {
    config: &'c Config,
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn add(&mut self, severity: Severity, key: &str, message: &str, help: &str) {
        // What the file does not say is shown at its table.
        let mut places = std::iter::successors(Some(key), |key| key.rsplit_once('.').map(|(table, _)| table));
        self.problems.push(Problem {
            severity,
            key: Some(key.to_owned()),
            message: printable(message).into_owned(),
            help: Some(help.to_owned()),
            place: places.find_map(|key| self.config.places.get(key)).cloned(),
        });
    }

    #[expect(clippy::needless_pass_by_value, reason = "a message is made for one call")]
    fn error(&mut self, key: &str, message: String, help: &str) {
        self.add(Severity::Error, key, &message, help);
    }

    #[expect(clippy::needless_pass_by_value, reason = "a message is made for one call")]
    fn warning(&mut self, key: &str, message: String, help: &str) {
        self.add(Severity::Warning, key, &message, help);
    }

    /// Tells of a file that cannot be opened; `remedy` is for one that is missing.
    fn unreadable(&mut self, key: &str, what: &str, path: &Path, error: &io::Error, remedy: &str) {
        let path = path.display();
        match error.kind() {
            io::ErrorKind::PermissionDenied => self.warning(
                key,
                format!("{what} {path} cannot be looked at by this user"),
                "run this as root, or as the user of the service",
            ),
            io::ErrorKind::NotFound => self.error(key, format!("{what} {path} is missing"), remedy),
            _ => self.error(key, format!("{what} {path} cannot be read: {error}"), remedy),
        }
    }

    /// Whether a file can be opened.
    fn readable(&mut self, key: &str, what: &str, path: &Path, remedy: &str) -> bool {
        match std::fs::File::open(path).and_then(|file| file.metadata()) {
            Ok(meta) if meta.is_file() => true,
            Ok(_) => {
                self.error(key, format!("{what} {} is no file", path.display()), remedy);
                false
            }
            Err(error) => {
                self.unreadable(key, what, path, &error, remedy);
                false
            }
        }
    }

    /// What a private file holds, if it is private.
    fn private(&mut self, key: &str, what: &str, path: &Path, remedy: &str) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        match luchs_seal::read_private(path) {
            Ok(bytes) => Some(bytes),
            Err(PrivateError::Exposed(exposure)) => {
                self.exposed(key, what, &exposure, remedy);
                None
            }
            Err(PrivateError::Read(error)) => {
                self.unreadable(key, what, path, &error, remedy);
                None
            }
        }
    }

    /// Tells of a file that others may open; `remedy` is for what is no file.
    fn exposed(&mut self, key: &str, what: &str, exposure: &Exposure, remedy: &str) {
        let help = match exposure {
            // Root looks at the files of the service's user.
            Exposure::Owner { .. } if rustix::process::geteuid().is_root() => return,
            Exposure::Mode { path, .. } => format!("run: chmod 600 {}", path.display()),
            Exposure::Owner { .. } => "it has to belong to the user of the service".to_owned(),
            Exposure::NotAFile { .. } => remedy.to_owned(),
        };
        self.error(key, format!("{what}: {exposure}"), &help);
    }
}
