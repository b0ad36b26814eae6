//! Key files: private ones are for their owner's eyes only.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::KeyError;

/// No key is larger; a larger file is something else.
const LIMIT: u64 = 256 * 1024;

/// Reads a file that holds a private key.
pub(crate) fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let file = open(path)?;
    // Asked of the open file, not of the path, which could be exchanged in between.
    let mode = file
        .metadata()
        .map_err(|source| read_error(path, source))?
        .permissions()
        .mode()
        & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed {
            path: path.into(),
            mode,
        });
    }
    Ok(Zeroizing::new(read_all(path, file)?))
}

/// Reads a file that holds public keys.
pub(crate) fn read_public(path: &Path) -> Result<Vec<u8>, KeyError> {
    read_all(path, open(path)?)
}

/// Creates a file that only its owner may read. Never overwrites.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    write(path, content, 0o600)
}

/// Creates a file that everyone may read. Never overwrites.
pub(crate) fn write_public(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    write(path, content, 0o644)
}

/// The key files of a folder (`*.jwk`, `*.json`, nothing hidden), in the order of their names.
pub(crate) fn list(dir: &Path) -> Result<Vec<PathBuf>, KeyError> {
    let entries = std::fs::read_dir(dir).map_err(|source| read_error(dir, source))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|source| read_error(dir, source))?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|e| e == "jwk" || e == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), KeyError> {
    let options = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = options.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.into() },
        _ => KeyError::Write {
            path: path.into(),
            source,
        },
    })?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    written.map_err(|source| KeyError::Write {
        path: path.into(),
        source,
    })
}

fn open(path: &Path) -> Result<File, KeyError> {
    File::open(path).map_err(|source| read_error(path, source))
}

fn read_all(path: &Path, file: File) -> Result<Vec<u8>, KeyError> {
    // Room from the start, so that a private key is not left behind in outgrown memory.
    let mut content = Vec::with_capacity(8192);
    file.take(LIMIT + 1)
        .read_to_end(&mut content)
        .map_err(|source| read_error(path, source))?;
    if content.len() as u64 > LIMIT {
        let source = io::Error::new(io::ErrorKind::FileTooLarge, "it is too large for a key");
        return Err(read_error(path, source));
    }
    Ok(content)
}

fn read_error(path: &Path, source: io::Error) -> KeyError {
    KeyError::Read {
        path: path.into(),
        source,
    }
}
