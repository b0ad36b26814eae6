//! Reading a file that a person named: whole, but never without end.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use crate::LoadError;

/// The bytes of the regular file `path`, of at most `limit` bytes.
pub(crate) fn bounded(path: &Path, limit: u64) -> Result<Vec<u8>, LoadError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => LoadError::NotFound { path: path.to_owned() },
        _ => LoadError::Read {
            path: path.to_owned(),
            source,
        },
    };
    let too_large = || LoadError::TooLarge {
        path: path.to_owned(),
        limit,
    };
    // Opening a pipe would wait for a writer, and a file that is too large would fill the memory first: so look first.
    let metadata = path.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(LoadError::NotAFile { path: path.to_owned() });
    }
    if metadata.len() > limit {
        return Err(too_large());
    }
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(bytes)
}

/// The text of a file of at most 1 MiB.
pub(crate) fn text(path: &Path) -> Result<(String, Vec<u8>), LoadError> {
    let bytes = bounded(path, 1 << 20)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| LoadError::NotText { path: path.to_owned() })?;
    Ok((text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(), bytes))
}
