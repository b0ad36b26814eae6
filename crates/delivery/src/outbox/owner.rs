//! Whose file is it? What is not ours is left as it is: not opened by SQLite, not made private, not set aside.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

use luchs_seal::Exposure;
use rustix::fs::OFlags;

use super::{OutboxError, damage, lock::Lock};

/// “LUXO”: which program a database belongs to.
pub(super) const APPLICATION_ID: u32 = 0x4C55_584F;
/// What every SQLite database begins with.
pub(super) const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Where the application id is.
pub(super) const ID_AT: u64 = 68;

/// Takes the outbox's lock and makes sure that the file is ours, or that there is none yet.
pub(super) fn take(path: &Path) -> Result<Lock, OutboxError> {
    let lock = Lock::take(path)?;
    match damage::finish(path).and_then(|()| check(path, &lock)) {
        Ok(()) => {
            lock.mark();
            Ok(lock)
        }
        Err(error) => {
            lock.abandon();
            Err(error)
        }
    }
}

fn check(path: &Path, lock: &Lock) -> Result<(), OutboxError> {
    let fail = |source| file_error(path, source);
    let file = open(path)?;
    if file.metadata().map_err(fail)?.len() == 0 {
        return Ok(());
    }
    let mut magic = [0; MAGIC.len()];
    let mut id = [0; 4];
    let is_database = file.read_exact_at(&mut magic, 0).is_ok() && magic == *MAGIC;
    let id = match file.read_exact_at(&mut id, ID_AT) {
        Ok(()) => u32::from_be_bytes(id),
        Err(_) => 0,
    };
    match (is_database, id) {
        (true, APPLICATION_ID) => Ok(()),
        // It was ours: its beginning is damaged.
        (false, _) if lock.was_marked() => Ok(()),
        (true, _) => Err(OutboxError::Foreign {
            path: path.into(),
            id: id.into(),
        }),
        (false, _) => Err(OutboxError::NotOurs { path: path.into() }),
    }
}

/// Opens or creates the file, private from its first moment; SQLite gives its side files the same mode. Never through a
/// symbolic link, which may lead to someone else's file.
pub(super) fn open(path: &Path) -> Result<File, OutboxError> {
    let file = no_link().create(true).truncate(false).mode(0o600).open(path);
    let file = file.map_err(|source| match path.symlink_metadata() {
        Ok(meta) if meta.is_symlink() => OutboxError::Link { path: path.into() },
        _ => file_error(path, source),
    })?;
    let meta = file.metadata().map_err(|source| file_error(path, source))?;
    Exposure::of(&meta, path).map_or(Ok(file), |exposure| Err(OutboxError::Exposed(exposure)))
}

/// Reading and writing; a link is refused, and a pipe is not waited for.
pub(super) fn no_link() -> OpenOptions {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(flags.bits().cast_signed());
    options
}

fn file_error(path: &Path, source: io::Error) -> OutboxError {
    OutboxError::File {
        path: path.into(),
        source,
    }
}
