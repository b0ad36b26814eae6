//! The status on a Unix socket: whoever connects is told once, as JSON.

use std::{
    fs,
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::{
        fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{Look, Snapshot};

/// Owner and group: who may read the status may see where the cameras are.
const MODE: u32 = 0o660;
/// A reader that takes longer is left.
const PATIENCE: Duration = Duration::from_secs(2);
/// More than any status is.
const LIMIT: u64 = 8 << 20;

/// Why the status cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// Another process answers there.
    #[error("somebody already tells the status at {path}: is luchs running twice? Stop one: systemctl stop luchs")]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// Something else has that name.
    #[error("{path} is no socket: move it away, the status is told there")]
    NotASocket {
        /// What is there.
        path: PathBuf,
    },
    /// It cannot be made.
    #[error(
        "cannot tell the status at {path}: {source}. The folder has to exist and be writable (RuntimeDirectory=luchs)"
    )]
    Make {
        /// The socket.
        path: PathBuf,
        /// What is in the way.
        source: io::Error,
    },
}

/// Why the status cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nobody answers.
    #[error(
        "luchs does not run: nobody answers at {path}. Start it: systemctl start luchs; see why it ended: journalctl -u luchs"
    )]
    NotRunning {
        /// The socket.
        path: PathBuf,
    },
    /// Somebody answers, but not to this user.
    #[error("no right to ask at {path}: use sudo, or join the group: adduser $USER luchs, and log in again")]
    Denied {
        /// The socket.
        path: PathBuf,
    },
    /// It broke off.
    #[error("luchs at {path} does not answer: {source}. Look at: journalctl -u luchs")]
    Broken {
        /// The socket.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// It is of another version.
    #[error(
        "the answer at {path} is not understood: {source}. Is the running luchs of another version? systemctl restart luchs"
    )]
    Format {
        /// The socket.
        path: PathBuf,
        /// Where it differs.
        source: serde_json::Error,
    },
}

/// Tells the status until it is dropped.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    inode: u64,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Begins to tell `look` at `path`. What a process that is gone left there is replaced.
    pub fn start(path: &Path, look: Look) -> Result<Self, StatusError> {
        replaceable(path)?;
        let make = |source| StatusError::Make {
            path: path.to_owned(),
            source,
        };
        let (listener, inode) = bind(path).map_err(make)?;
        let stop = Arc::new(AtomicBool::new(false));
        let thread = {
            let stop = Arc::clone(&stop);
            thread::Builder::new()
                .name("status".into())
                .spawn(move || tell(&listener, &look, &stop))
                .map_err(make)?
        };
        Ok(Self {
            path: path.to_owned(),
            inode,
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        // The thread waits in accept(): it is woken by a visit.
        let woken = UnixStream::connect(&self.path).is_ok();
        // A socket of somebody else under this name is none of ours to remove.
        if fs::symlink_metadata(&self.path).is_ok_and(|file| file.ino() == self.inode) {
            let _gone = fs::remove_file(&self.path);
        }
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ended = thread.join();
        }
    }
}

fn replaceable(path: &Path) -> Result<(), StatusError> {
    let path = path.to_owned();
    match fs::symlink_metadata(&path) {
        Ok(file) if !file.file_type().is_socket() => Err(StatusError::NotASocket { path }),
        Ok(_) if UnixStream::connect(&path).is_ok() => Err(StatusError::InUse { path }),
        Err(_) | Ok(_) => Ok(()),
    }
}

/// Under another name until its mode is right: at no time may others connect, or readers find nothing.
fn bind(path: &Path) -> io::Result<(UnixListener, u64)> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    if fs::symlink_metadata(&new).is_ok_and(|file| file.file_type().is_socket()) {
        fs::remove_file(&new)?;
    }
    let listener = UnixListener::bind(&new)?;
    fs::set_permissions(&new, fs::Permissions::from_mode(MODE))?;
    let inode = fs::symlink_metadata(&new)?.ino();
    fs::rename(&new, path)?;
    Ok((listener, inode))
}

fn tell(listener: &UnixListener, look: &Look, stop: &AtomicBool) {
    for visitor in listener.incoming() {
        if stop.load(SeqCst) {
            return;
        }
        match visitor {
            // Who goes away early misses nothing but the answer.
            Ok(stream) => drop(answer(stream, look)),
            Err(error) => {
                tracing::warn!(%error, "a reader of the status could not be let in");
                // Out of file descriptors: no reason to spin.
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

fn answer(mut stream: UnixStream, look: &Look) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut text = serde_json::to_vec(&look())?;
    text.push(b'\n');
    stream.write_all(&text)
}

/// Asks whoever tells the status at `path`.
pub fn read(path: &Path) -> Result<Snapshot, ReadError> {
    let path = path.to_owned();
    let mut stream = match UnixStream::connect(&path) {
        Ok(stream) => stream,
        Err(source) => {
            return Err(match source.kind() {
                ErrorKind::NotFound | ErrorKind::ConnectionRefused => ReadError::NotRunning { path },
                ErrorKind::PermissionDenied => ReadError::Denied { path },
                _ => ReadError::Broken { path, source },
            });
        }
    };
    let mut text = Vec::new();
    let answered = stream
        .set_read_timeout(Some(PATIENCE * 2))
        .and_then(|()| (&mut stream).take(LIMIT).read_to_end(&mut text));
    match answered {
        Err(source) => Err(ReadError::Broken { path, source }),
        // It ended while we asked.
        Ok(0) => Err(ReadError::NotRunning { path }),
        Ok(_) => serde_json::from_slice(&text).map_err(|source| ReadError::Format { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Snapshot {
        serde_json::from_str(include_str!("../../tests/fixtures/site.json")).unwrap()
    }

    fn look() -> Look {
        Arc::new(site)
    }

    #[test]
    fn whoever_connects_is_told_the_whole_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.sock");
        let server = Server::start(&path, look()).unwrap();
        assert_eq!(read(&path).unwrap(), site());
        assert_eq!(read(&path).unwrap(), site());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o660);
        drop(server);
        assert!(!path.exists());
        let error = read(&path).unwrap_err();
        assert!(matches!(error, ReadError::NotRunning { .. }) && error.to_string().contains("systemctl start luchs"));
    }

    #[test]
    fn what_a_killed_process_left_is_replaced_and_what_lives_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.sock");
        drop(UnixListener::bind(&path).unwrap());
        assert!(matches!(read(&path), Err(ReadError::NotRunning { .. })));
        let server = Server::start(&path, look()).unwrap();
        assert!(matches!(Server::start(&path, look()), Err(StatusError::InUse { .. })));
        assert_eq!(read(&path).unwrap(), site());
        drop(server);
        fs::write(&path, "a file").unwrap();
        assert!(matches!(
            Server::start(&path, look()),
            Err(StatusError::NotASocket { .. })
        ));
        assert_eq!(fs::read_to_string(&path).unwrap(), "a file");
    }

    #[test]
    fn readers_who_leave_or_stall_do_not_keep_others_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.sock");
        let _server = Server::start(&path, look()).unwrap();
        let silent: Vec<_> = (0..20).map(|_| UnixStream::connect(&path).unwrap()).collect();
        (0..20).for_each(|_| drop(UnixStream::connect(&path).unwrap()));
        assert_eq!(read(&path).unwrap(), site());
        drop(silent);
    }

    #[test]
    fn an_answer_of_another_version_is_told_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let answering = thread::spawn(move || {
            listener
                .accept()
                .unwrap()
                .0
                .write_all(b"{\"schema\":\"luchs.status/9\"}")
        });
        assert!(matches!(read(&path), Err(ReadError::Format { .. })));
        answering.join().unwrap().unwrap();
    }
}
