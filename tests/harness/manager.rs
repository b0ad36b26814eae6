//! What systemd hears of a service: the other end of `NOTIFY_SOCKET`.

use std::{
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::until;

/// A service manager that only listens.
pub struct Manager {
    socket: PathBuf,
    heard: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl Manager {
    /// Listens on a socket in `folder`.
    pub fn listen(folder: &Path) -> Result<Self> {
        let socket = folder.join("notify.sock");
        let datagrams = UnixDatagram::bind(&socket)?;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = heard.clone();
        // It ends with the test's process.
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length) = datagrams.recv(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                log.extend(text.lines().map(|line| (Instant::now(), line.to_owned())));
            }
        });
        Ok(Self { socket, heard })
    }

    /// The value of `NOTIFY_SOCKET`.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Lines that begin with `start`, and when they came.
    pub fn heard(&self, start: &str) -> Vec<(Instant, String)> {
        let lines = self.lines();
        lines
            .iter()
            .filter(|(_, line)| line.starts_with(start))
            .cloned()
            .collect()
    }

    /// Waits for a line that begins with `start` and comes from now on.
    pub fn wait_for(&self, start: &str, seconds: u64) -> Result<Instant> {
        let begun = Instant::now();
        until(&format!("{start} to the service manager"), seconds, || {
            let lines = self.heard(start);
            Ok(lines.last().map(|(at, _)| *at).filter(|at| *at >= begun))
        })
    }

    /// Waits until no line that begins with `start` has come for `quiet`; gives when the last one came.
    pub fn wait_for_silence(&self, start: &str, quiet: Duration, seconds: u64) -> Result<Instant> {
        let begun = Instant::now();
        until(&format!("no {start} to the service manager"), seconds, || {
            let last = self.heard(start).last().map_or(begun, |(at, _)| *at);
            Ok((last.max(begun).elapsed() > quiet).then_some(last))
        })
    }

    fn lines(&self) -> MutexGuard<'_, Vec<(Instant, String)>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
