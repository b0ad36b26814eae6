//! One process at a time: a lock that dies with its owner, in a file beside the database.

use std::{
    fs::{self, File, TryLockError},
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{OutboxError, owner::no_link};

/// Tells later that the file beside it was made by us, even when that cannot be seen any more.
pub(super) const MARK: &[u8] = b"luchs outbox\n";

/// Holds the lock until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
    /// Whether it was not there before.
    new: bool,
    marked: bool,
}

impl Lock {
    pub(super) fn take(database: &Path) -> Result<Self, OutboxError> {
        let path = beside(database, ".lock");
        let file_error = |source| OutboxError::File {
            path: path.clone(),
            source,
        };
        let created = no_link().create_new(true).mode(0o600).open(&path);
        let new = created.is_ok();
        let file = created.or_else(|_| no_link().open(&path)).map_err(file_error)?;
        match file.try_lock() {
            Ok(()) => {
                let mut content = [0; MARK.len()];
                let marked = file.read_exact_at(&mut content, 0).is_ok() && content == *MARK;
                Ok(Self {
                    file,
                    path,
                    new,
                    marked,
                })
            }
            Err(TryLockError::WouldBlock) => Err(OutboxError::InUse { path: database.into() }),
            Err(TryLockError::Error(source)) => Err(file_error(source)),
        }
    }

    /// Whether the file that is locked is still the one that others would find.
    pub(super) fn is_in_place(&self) -> bool {
        let places = self
            .file
            .metadata()
            .and_then(|ours| Ok((ours, fs::symlink_metadata(&self.path)?)));
        places.is_ok_and(|(ours, theirs)| (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()))
    }

    /// Whether the database had been ours before.
    pub(super) fn was_marked(&self) -> bool {
        self.marked
    }

    /// From now on the database is ours.
    pub(super) fn mark(&self) {
        let empty = self.file.metadata().is_ok_and(|meta| meta.len() == 0);
        // On a full disk there is no mark; it is missed only if the database's first bytes are damaged later.
        if empty && let Err(error) = self.file.write_all_at(MARK, 0) {
            tracing::warn!("{}: {error}", self.path.display());
        }
    }

    /// The database is not ours: nothing of us stays beside it.
    pub(super) fn abandon(self) {
        if self.new
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!("{}: {error}", self.path.display());
        }
    }
}

/// `path` with `suffix` appended to its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
