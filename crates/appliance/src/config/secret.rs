//! Where something secret lies. The configuration knows places only, never what is in them.

use std::path::{Path, PathBuf};

/// A file with something secret: named in the configuration, or handed over by systemd, or in its usual place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Secret {
    /// As the configuration names it; it comes before all else.
    pub file: Option<PathBuf>,
    /// Name of the systemd credential that is looked for without it.
    pub credential: String,
    /// What is used when there is neither.
    pub usual: Option<PathBuf>,
}

impl Secret {
    /// The file to read, none if there is none. The credential counts if this process was given one of that name.
    pub fn locate(&self) -> Option<PathBuf> {
        self.locate_in(std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from).as_deref())
    }

    /// The same for the credentials in the folder `credentials`.
    pub fn locate_in(&self, credentials: Option<&Path>) -> Option<PathBuf> {
        // Of a folder that it hands over as a whole, systemd makes `camera_gate`: the unit's name for it and the file's.
        let names = || [self.credential.clone(), self.credential.replacen('.', "_", 1)];
        let credential = || {
            let files = names().map(|name| credentials.map(|folder| folder.join(name)));
            files.into_iter().flatten().find(|file| file.exists())
        };
        self.file.clone().or_else(credential).or_else(|| self.usual.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_comes_before_the_credential_and_that_before_the_usual_place() {
        let credentials = tempfile::tempdir().unwrap();
        let mut secret = Secret {
            file: Some("/named".into()),
            credential: "broker.key".into(),
            usual: Some("/usual".into()),
        };
        std::fs::write(credentials.path().join("broker.key"), "").unwrap();
        let locate = |secret: &Secret| secret.locate_in(Some(credentials.path()));
        assert_eq!(locate(&secret), Some("/named".into()));
        secret.file = None;
        assert_eq!(locate(&secret), Some(credentials.path().join("broker.key")));
        secret.credential = "camera_gate".into();
        assert_eq!(locate(&secret), Some("/usual".into()));
        secret.usual = None;
        assert_eq!(locate(&secret), None);
        std::fs::write(credentials.path().join("camera_gate"), "").unwrap();
        assert_eq!(locate(&secret), Some(credentials.path().join("camera_gate")));
    }
}
