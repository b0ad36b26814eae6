//! Key files: private ones are for their owner's eyes only.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{
    KeyError,
    private::{self, PrivateError},
};

/// Reads a file that holds a private key.
pub(crate) fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    private::read_private(path).map_err(|error| match error {
        PrivateError::Read(source) => read_error(path, source),
        PrivateError::Exposed(exposure) => KeyError::Exposed(exposure),
    })
}

/// Reads a file that holds public keys.
pub(crate) fn read_public(path: &Path) -> Result<Vec<u8>, KeyError> {
    private::read_public(path).map_err(|source| read_error(path, source))
}

/// Creates a file that only its owner may read. Never overwrites.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    write(path, content, 0o600)
}

/// Creates a file that everyone may read. Never overwrites.
pub(crate) fn write_public(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    write(path, content, 0o644)
}

/// Writes a file that everyone may read, in the place of an older one: whoever reads it gets the one or the other.
pub(crate) fn replace_public(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    let mut beside = path.file_name().unwrap_or_default().to_owned();
    beside.push(".new");
    let beside = path.with_file_name(beside);
    // Left behind by a power cut.
    let _removed = std::fs::remove_file(&beside);
    write_public(&beside, content)?;
    rename(&beside, path)
}

/// Gives a file another name, in the place of what had it, for good.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), KeyError> {
    let dir = to
        .parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    std::fs::rename(from, to)
        .and_then(|()| std::fs::File::open(dir)?.sync_all())
        .map_err(|source| KeyError::Write {
            path: to.into(),
            source,
        })
}

/// Makes a folder that only its owner may enter, if it is not there.
pub(crate) fn make_dir(dir: &Path) -> Result<(), KeyError> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|source| KeyError::Write {
        path: dir.into(),
        source,
    })
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

fn read_error(path: &Path, source: io::Error) -> KeyError {
    KeyError::Read {
        path: path.into(),
        source,
    }
}
