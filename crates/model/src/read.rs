//! Reading a file that a person named: whole, but never without end.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read as _, Take},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rustix::fs::OFlags;

use crate::{Digest, LoadError, digest::Hasher};

/// Bytes of the largest text: passports, labels, keys.
pub(crate) const TEXT: u64 = 1 << 20;

/// The bytes of the regular file `path`, of at most `limit` bytes.
pub(crate) fn bounded(path: &Path, limit: u64) -> Result<Vec<u8>, LoadError> {
    let (mut file, size) = open(path, limit)?;
    // As much as there is: growing would take up to twice that.
    let mut bytes = Vec::with_capacity(size + 1);
    file.read_to_end(&mut bytes).map_err(|source| failed(path, source))?;
    if bytes.len() as u64 > limit {
        return Err(too_large(path, limit));
    }
    Ok(bytes)
}

/// The digest of the regular file `path`, of at most `limit` bytes, which are not kept.
pub(crate) fn digest(path: &Path, limit: u64) -> Result<Digest, LoadError> {
    let (mut file, _) = open(path, limit)?;
    let mut hashed = Hasher::default();
    let size = io::copy(&mut file, &mut hashed).map_err(|source| failed(path, source))?;
    if size > limit {
        return Err(too_large(path, limit));
    }
    Ok(hashed.finish())
}

/// The text of a file of at most 1 MiB, and its bytes.
pub(crate) fn text(path: &Path) -> Result<(String, Vec<u8>), LoadError> {
    let bytes = bounded(path, TEXT)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| LoadError::NotText { path: path.to_owned() })?;
    Ok((text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(), bytes))
}

/// The regular file `path`, to be read to one byte past `limit`, and its size.
fn open(path: &Path, limit: u64) -> Result<(Take<File>, usize), LoadError> {
    let look = |meta: &Metadata| match () {
        () if !meta.is_file() => Err(LoadError::NotAFile { path: path.to_owned() }),
        () if meta.len() > limit => Err(too_large(path, limit)),
        () => Ok(()),
    };
    // First by name, because to open a device may do something.
    look(&path.metadata().map_err(|source| failed(path, source))?)?;
    let mut options = OpenOptions::new();
    // Were it exchanged for a pipe in between, opening would wait for a writer.
    options.read(true).custom_flags(OFlags::NONBLOCK.bits() as i32);
    let file = options.open(path).map_err(|source| failed(path, source))?;
    let meta = file.metadata().map_err(|source| failed(path, source))?;
    look(&meta)?;
    Ok((file.take(limit + 1), meta.len() as usize))
}

fn failed(path: &Path, source: io::Error) -> LoadError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => LoadError::NotFound { path },
        _ => LoadError::Read { path, source },
    }
}

fn too_large(path: &Path, limit: u64) -> LoadError {
    LoadError::TooLarge {
        path: path.to_owned(),
        limit,
    }
}
