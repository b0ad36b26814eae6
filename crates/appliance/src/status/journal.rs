//! What the program tells while it runs: entries of the journal with fields, or lines on standard error.

use std::{
    io::{self, IsTerminal as _},
    os::fd::{AsFd, BorrowedFd},
};

use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// As what the journal knows us: `journalctl -t luchs`.
const IDENTIFIER: &str = "luchs";

/// From now on, what is traced goes to the journal if standard error does (systemd says so in `JOURNAL_STREAM`), with each
/// field as a field of the entry: `journalctl CAMERA=gate`. Otherwise it goes to standard error. `RUST_LOG` filters;
/// `default` does where it is not set.
pub fn install(default: &str) {
    let filter = EnvFilter::builder()
        .with_default_directive(tracing::Level::WARN.into())
        .parse_lossy(std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| default.to_owned()));
    let journal = journal();
    let lines = journal.is_none().then(|| {
        tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal())
            .with_filter(filter.clone())
    });
    let installed = tracing_subscriber::registry()
        .with(journal.map(|journal| journal.with_filter(filter)))
        .with(lines)
        .try_init();
    if let Err(error) = installed {
        tracing::debug!(%error, "somebody already listens to what is traced");
    }
}

fn journal() -> Option<tracing_journald::Layer> {
    let stream = std::env::var("JOURNAL_STREAM").ok()?;
    if !leads_to(&stream, io::stderr().as_fd()) {
        return None;
    }
    // Without its socket (a mount namespace may hide it), standard error leads to the journal, too.
    let layer = tracing_journald::layer().ok()?;
    Some(
        layer
            .with_field_prefix(None)
            .with_syslog_identifier(IDENTIFIER.to_owned()),
    )
}

/// Whether `stream`, device and inode in decimal, is what `file` writes to (systemd.exec(5), `$JOURNAL_STREAM`). It is
/// inherited by those whose output leads elsewhere.
fn leads_to(stream: &str, file: BorrowedFd<'_>) -> bool {
    let Some((device, inode)) = stream.split_once(':') else {
        return false;
    };
    let Ok(found) = rustix::fs::fstat(file) else {
        return false;
    };
    device.parse() == Ok(found.st_dev) && inode.parse() == Ok(found.st_ino)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn only_the_stream_that_standard_error_is_counts() {
        let file = tempfile::tempfile().unwrap();
        let found = file.metadata().unwrap();
        let right = format!("{}:{}", found.dev(), found.ino());
        assert!(leads_to(&right, file.as_fd()));
        for wrong in [
            "",
            "8",
            "8:",
            ":",
            "a:b",
            &format!("{}:{}", found.dev(), found.ino() + 1),
        ] {
            assert!(!leads_to(wrong, file.as_fd()), "{wrong}");
        }
    }
}
