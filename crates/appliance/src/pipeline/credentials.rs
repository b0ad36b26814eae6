//! User and password of a camera.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use gst::prelude::*;
use luchs_seal::{Exposure, PrivateError, read_private};
use zeroize::Zeroizing;

/// Read from a file that nobody else may read; wiped from memory when dropped.
pub struct Credentials {
    user: Zeroizing<String>,
    password: Zeroizing<String>,
}

/// Why they cannot be used. The text never holds what is in the file.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The file cannot be read.
    #[error("{path}: {source}; the camera's credentials are two lines, user and password", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not for its owner's eyes only.
    #[error(transparent)]
    Exposed(Exposure),
    /// Not two lines.
    #[error("{path} does not hold two lines of UTF-8, user and password", path = path.display())]
    Form {
        /// The file.
        path: PathBuf,
    },
}

impl Credentials {
    /// Reads the two lines of `path`.
    pub fn load(path: &Path) -> Result<Self, CredentialsError> {
        let bytes = read_private(path).map_err(|error| match error {
            PrivateError::Read(source) => CredentialsError::Read {
                path: path.into(),
                source,
            },
            PrivateError::Exposed(exposure) => CredentialsError::Exposed(exposure),
        })?;
        let form = || CredentialsError::Form { path: path.into() };
        let text = std::str::from_utf8(&bytes).map_err(|_| form())?;
        let mut lines = text.lines();
        let (Some(user), Some(password)) = (lines.next(), lines.next()) else {
            return Err(form());
        };
        if user.is_empty() || lines.any(|line| !line.is_empty()) {
            return Err(form());
        }
        Ok(Self {
            user: Zeroizing::new(user.to_owned()),
            password: Zeroizing::new(password.to_owned()),
        })
    }

    /// Gives them to `source`, an element of type `rtspsrc`.
    pub fn give_to(&self, source: &gst::Element) {
        source.set_property("user-id", &*self.user);
        source.set_property("user-pw", &*self.password);
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    fn written(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gate");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (dir, path)
    }

    #[test]
    fn two_lines_of_a_private_file_are_read() {
        let (_dir, path) = written("admin\np ss:w@rd\n", 0o600);
        let credentials = Credentials::load(&path).unwrap();
        assert_eq!((&**credentials.user, &**credentials.password), ("admin", "p ss:w@rd"));
        assert_eq!(format!("{credentials:?}"), "Credentials");
    }

    #[test]
    fn what_others_can_read_is_refused_and_no_error_tells_what_is_inside() {
        for (text, mode, says) in [
            ("admin\nhidden", 0o644, "chmod 600"),
            ("admin\nhidden", 0o640, "chmod 600"),
            ("admin hidden", 0o600, "two lines"),
            ("\nhidden", 0o600, "two lines"),
            ("admin\nhidden\nmore", 0o600, "two lines"),
        ] {
            let (_dir, path) = written(text, mode);
            let error = Credentials::load(&path).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("hidden"), "{error}");
        }
    }
}
