//! One process at a time: a lock that dies with its owner, in a file beside the database.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::OutboxError;

/// Holds the lock until it is dropped.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "it is held, not used")] File);

impl Lock {
    pub(super) fn take(database: &Path) -> Result<Self, OutboxError> {
        let path = beside(database, ".lock");
        let file_error = |source| OutboxError::File {
            path: path.clone(),
            source,
        };
        let options = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path);
        let file = options.map_err(file_error)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(OutboxError::InUse { path: database.into() }),
            Err(TryLockError::Error(source)) => Err(file_error(source)),
        }
    }
}

/// `path` with `suffix` appended to its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
