//! Noticing that files with public keys have changed, and refusing those that others can change.

use std::{
    fs::Metadata,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::{KeyError, file, private::others_may_write};

/// What tells a changed file from an unchanged one without reading it: inode, length, modification and change time.
type Stamp = (u64, u64, i64, i64, i64, i64);

/// All key files, with what tells whether they have changed.
pub(crate) type Stamps = Vec<(PathBuf, Stamp)>;

/// Of the key files of a folder, or of one file.
pub(crate) fn stamps(path: &Path) -> Result<Stamps, KeyError> {
    let files = if guarded(path)?.is_dir() {
        file::list(path)?
    } else {
        vec![path.to_owned()]
    };
    let stamp = |path: PathBuf| Ok((path.clone(), stamp_of(&guarded(&path)?)));
    files.into_iter().map(stamp).collect()
}

/// Whoever can add or change a recipient can read everything from then on; a device, write everything.
fn guarded(path: &Path) -> Result<Metadata, KeyError> {
    let path = path.to_owned();
    match std::fs::metadata(&path) {
        Ok(meta) if others_may_write(&meta) => Err(KeyError::Changeable {
            path,
            owner: meta.uid(),
            mode: meta.mode() & 0o7777,
        }),
        Ok(meta) => Ok(meta),
        Err(source) => Err(KeyError::Read { path, source }),
    }
}

fn stamp_of(meta: &Metadata) -> Stamp {
    (
        meta.ino(),
        meta.len(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec(),
    )
}
