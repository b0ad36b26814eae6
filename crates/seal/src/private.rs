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
pub fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, PrivateError> {
    let file = open(path)?;
    match Exposure::of(&file.metadata()?, path) {
        Some(exposure) => Err(exposure.into()),
        None => Ok(Zeroizing::new(read_all(file)?)),
    }
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
