//! Files for their owner's eyes only: private keys of all kinds, and the outbox.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;
use zeroize::Zeroizing;

/// No key is larger; a larger file is something else.
const LIMIT: u64 = 256 * 1024;

/// Why a file is not for its owner's eyes only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exposure {
    /// A folder, pipe or device.
    #[error("{path} is no regular file")]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// Someone else could change it, or its permissions.
    #[error("{path} belongs to user {owner}, but Luchs runs as user {us}: run `chown {us} {path}`, or use a copy")]
    Owner {
        /// The file.
        path: PathBuf,
        /// Whose it is, by number.
        owner: u32,
        /// Who we are.
        us: u32,
    },
    /// Group or others may open it.
    #[error("{path} is private, but others may open it (mode {mode:04o}): run `chmod 600 {path}`")]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
}

impl Exposure {
    /// What is wrong with the open file `meta`; `path` is for the message only: it could be exchanged in between.
    pub fn of(meta: &Metadata, path: &Path) -> Option<Self> {
        let us = rustix::process::geteuid().as_raw();
        let path = path.to_owned();
        if !meta.is_file() {
            Some(Self::NotAFile { path })
        } else if meta.uid() != us {
            let owner = meta.uid();
            Some(Self::Owner { path, owner, us })
        } else if meta.mode() & 0o077 != 0 {
            let mode = meta.mode() & 0o7777;
            Some(Self::Mode { path, mode })
        } else {
            None
        }
    }
}

/// Whether others than us and root can change it.
pub(crate) fn others_may_write(meta: &Metadata) -> bool {
    let us = rustix::process::geteuid().as_raw();
    meta.mode() & 0o022 != 0 || ![0, us].contains(&meta.uid())
}

/// Why a private file was not read.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// It could not be read.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// It is not private.
    #[error(transparent)]
    Exposed(#[from] Exposure),
}

/// Reads a file that holds a private key, if it is ours alone. What is read is wiped after use.
///
/// A mere name, without any folder, is looked for among the credentials of the systemd service first.
pub fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, PrivateError> {
    read_private_of(
        path,
        std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from).as_deref(),
    )
}

fn read_private_of(path: &Path, credentials: Option<&Path>) -> Result<Zeroizing<Vec<u8>>, PrivateError> {
    let credential = credentials.map(|dir| dir.join(path.file_name().unwrap_or_default()));
    let is_name = path.components().count() == 1;
    let credential = credential.filter(|file| file == path || (is_name && file.exists()));
    let path = credential.as_deref().unwrap_or(path);
    let file = open(path)?;
    let meta = file.metadata()?;
    match Exposure::of(&meta, path) {
        Some(_) if credential.is_some() && is_credential(&meta) => {}
        Some(exposure) => return Err(exposure.into()),
        None => {}
    }
    Ok(Zeroizing::new(read_all(file)?))
}

/// A credential belongs to root, and an access list lets the service read it; that list shows up as the group's
/// rights. Nobody else gets into the folder.
fn is_credential(meta: &Metadata) -> bool {
    meta.is_file() && meta.mode() & 0o027 == 0 && !others_may_write(meta)
}

/// Reads a file that anyone may see.
pub(crate) fn read_public(path: &Path) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    if file.metadata()?.is_file() {
        read_all(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"))
    }
}

/// Opening a pipe does not wait for a writer.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

fn read_all(file: File) -> io::Result<Vec<u8>> {
    // Room from the start, so that a private key is not left behind in outgrown memory.
    let mut content = Vec::with_capacity(8192);
    file.take(LIMIT + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LIMIT {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large for a key"));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    fn write(path: &Path, content: &str, mode: u32) {
        fs::write(path, content).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_credential_of_the_service_comes_first_and_may_have_an_access_list() {
        let dir = tempfile::tempdir().unwrap();
        let given = dir.path().join("device.jwk");
        write(&given, "credential", 0o440);
        for name in [Path::new("device.jwk"), &given] {
            assert_eq!(
                read_private_of(name, Some(dir.path())).unwrap().as_slice(),
                b"credential"
            );
        }
        // Not a credential: the same file without a service around it.
        let refused = read_private_of(&given, None).unwrap_err();
        assert!(
            matches!(refused, PrivateError::Exposed(Exposure::Mode { .. })),
            "{refused}"
        );
        for open in [0o444, 0o460] {
            write(&given, "credential", open);
            assert!(read_private_of(&given, Some(dir.path())).is_err(), "{open:o}");
        }
    }

    #[test]
    fn a_path_is_never_exchanged_for_a_credential_of_the_same_name() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(&dir.path().join("device.jwk"), "credential", 0o400);
        let path = other.path().join("device.jwk");
        write(&path, "file", 0o600);
        assert_eq!(read_private_of(&path, Some(dir.path())).unwrap().as_slice(), b"file");
    }
}
