//! What can go wrong with the outbox.

use std::{io, path::PathBuf};

use luchs_scene::Name;
use luchs_seal::Exposure;
use rusqlite::ErrorCode;

/// An outbox that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// Its folder cannot be created.
    #[error("cannot create the outbox's folder {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be created, opened or moved.
    #[error("cannot use the outbox {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has it.
    #[error("the outbox {path} is in use by another process: give each process its own outbox")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A database of something else.
    #[error("{path} is the database of another program (application id {id:#x}): choose another path for the outbox")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its application id.
        id: i64,
    },
    /// No database, and never was one of ours.
    #[error("{path} is no outbox of Luchs and was left as it is: choose another path for the outbox")]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// A symbolic link.
    #[error("the outbox {path} is a symbolic link: give the path of the file itself")]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Others can open it.
    #[error("outbox: {0}")]
    Exposed(#[source] Exposure),
    /// Made by a newer version.
    #[error(
        "the outbox {path} was made by a newer version of Luchs (format {version}): update, or choose another path"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        version: i64,
    },
    /// Of another device.
    #[error(
        "the outbox {path} belongs to device {found}, but the signing key is that of {wanted}: give each device its own outbox"
    )]
    Device {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        found: Name,
        /// Whose it should be.
        wanted: Name,
    },
    /// Nothing there.
    #[error("there is no outbox at {path}: check the path")]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// Nothing in it could be read, not even whose it is.
    #[error("nothing can be read of {path}, not even which device it belongs to: name the device")]
    Nameless {
        /// The file.
        path: PathBuf,
    },
    /// A request to the publisher that nobody answers.
    #[error("the publisher that uses {path} has not answered within {seconds} s: is it hanging?")]
    NoAnswer {
        /// The outbox.
        path: PathBuf,
        /// How long was waited.
        seconds: u64,
    },
    /// SQLite failed.
    #[error("the outbox {path} cannot be {operation}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What was tried.
        operation: &'static str,
        /// Why.
        source: rusqlite::Error,
    },
}

impl OutboxError {
    /// Whether the file itself is broken, so that it must be set aside.
    pub fn is_damage(&self) -> bool {
        let Self::Sqlite { source, .. } = self else {
            return false;
        };
        matches!(
            source.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::TooBig)
        ) || matches!(
            source,
            // Tables or values are not what they must be: someone else's hand, or damage that SQLite does not see.
            rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::QueryReturnedNoRows
        ) || source.to_string().contains("no such table")
            || source.to_string().contains("no such column")
    }

    /// Whether it may work later without anyone changing the configuration: disk full, read-only, failing.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Sqlite { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure | ErrorCode::DatabaseBusy)
            ),
            Self::File { source, .. } | Self::Folder { source, .. } => {
                use io::ErrorKind as Kind;
                matches!(
                    source.kind(),
                    Kind::StorageFull | Kind::QuotaExceeded | Kind::ReadOnlyFilesystem
                )
            }
            _ => false,
        }
    }

    /// The reason in plain words.
    pub(crate) fn plainly(&self) -> String {
        let Self::Sqlite { source, .. } = self else {
            return self.to_string();
        };
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => "the disk is full: make room".into(),
            Some(ErrorCode::ReadOnly) => "it is read-only: make its file system writable again".into(),
            Some(ErrorCode::SystemIoFailure) => format!("the disk fails ({source}): look into the system's log"),
            _ => self.to_string(),
        }
    }
}
