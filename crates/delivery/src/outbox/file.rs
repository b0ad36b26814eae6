//! Looking into an outbox's file without disturbing whoever uses it.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::Path,
};

use rusqlite::{Connection, OpenFlags, limits::Limit};
use rustix::fs::OFlags;

use super::{
    OutboxError,
    lock::beside,
    owner::{APPLICATION_ID, ID_AT, MAGIC},
    store::FORMAT,
};

/// Bytes. No sealed event is larger; a row that claims to be is damaged, and would cost as much memory as it claims.
pub(super) const LARGEST_ROW: i32 = 1024 * 1024;

/// Opens the file for reading only: it is not written, not locked against its owner, and nothing is put beside it.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    // Without a log the file is at rest. SQLite would nevertheless want to make one, and a folder that may be written.
    let at_rest = if beside(path, "-wal").exists() {
        ""
    } else {
        "?immutable=1"
    };
    let mut uri = String::from("file:");
    for &byte in std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()) {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => uri.push(char::from(byte)),
            other => {
                let hex = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
                uri.extend(['%', hex(other >> 4), hex(other & 15)]);
            }
        }
    }
    let connection = Connection::open_with_flags(uri + at_rest, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LARGEST_ROW)?;
    Ok(connection)
}

/// An open connection on a file that is an outbox of ours, of a version that we know.
pub(super) fn open(path: &Path) -> Result<Connection, OutboxError> {
    let file_error = |source| OutboxError::File {
        path: path.into(),
        source,
    };
    if path.symlink_metadata().map_err(file_error)?.is_symlink() {
        return Err(OutboxError::Link { path: path.into() });
    }
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(file_error)?;
    if !file.metadata().map_err(file_error)?.is_file() {
        return Err(OutboxError::NotOurs { path: path.into() });
    }
    let mut head = [0; ID_AT as usize + 4];
    let read = file.read_exact_at(&mut head, 0);
    let is_database = read.is_ok() && head.starts_with(MAGIC);
    let id = head.last_chunk::<4>().map_or(0, |id| u32::from_be_bytes(*id));
    if !is_database && !was_marked(path) {
        return Err(OutboxError::NotOurs { path: path.into() });
    }
    if is_database && id != APPLICATION_ID {
        return Err(OutboxError::Foreign {
            path: path.into(),
            id: id.into(),
        });
    }
    let fail = |source| OutboxError::Sqlite {
        path: path.into(),
        operation: "read",
        source,
    };
    let connection = connect(path).map_err(fail)?;
    let version: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(fail)?;
    if version > FORMAT {
        return Err(OutboxError::Newer {
            path: path.into(),
            version,
        });
    }
    Ok(connection)
}

fn was_marked(path: &Path) -> bool {
    fs::read(beside(path, ".lock")).is_ok_and(|content| content == super::lock::MARK)
}

/// The process that uses the outbox; `Some(0)` if it cannot be seen which. Asked of the kernel: to try the lock could
/// keep a publisher from starting at that very moment.
pub(super) fn user_of(path: &Path) -> io::Result<Option<u32>> {
    let lock = match fs::metadata(beside(path, ".lock")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let device = lock.dev();
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let place = format!("{major:02x}:{minor:02x}:{}", lock.ino());
    // `1: FLOCK  ADVISORY  WRITE 1234 fe:00:42 0 EOF`
    let locks = fs::read_to_string("/proc/locks")?;
    let mine = locks.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let is_lock = words.nth(1) == Some("FLOCK");
        let pid = words.nth(2)?;
        (is_lock && words.next() == Some(&place)).then(|| pid.parse().unwrap_or(0))
    });
    Ok(mine)
}
