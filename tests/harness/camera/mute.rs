//! A camera that has crashed behind its listening socket: it accepts, answers the first questions, then nothing more.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context, Result};

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=live\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n\
                   c=IN IP4 0.0.0.0\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:stream=0\r\n";

/// From when on it is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// From the start: the connection is taken, and that is all.
    FromTheStart,
    /// OPTIONS and DESCRIBE are answered, SETUP is not.
    AfterDescribe,
}

/// The silent server. Dropped, it hangs up and nobody listens any more.
pub(super) struct Mute {
    over: Arc<AtomicBool>,
    callers: Arc<Mutex<Vec<TcpStream>>>,
    acceptor: Option<JoinHandle<()>>,
}

impl Mute {
    /// On this port of this machine.
    pub(super) fn start(port: u16, silence: Silence) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).with_context(|| format!("port {port}"))?;
        listener.set_nonblocking(true)?;
        let over = Arc::new(AtomicBool::new(false));
        let callers = Arc::new(Mutex::new(Vec::new()));
        let (is_over, all) = (over.clone(), callers.clone());
        let acceptor = thread::spawn(move || {
            while !is_over.load(Relaxed) {
                let Ok((caller, _)) = listener.accept() else {
                    thread::sleep(Duration::from_millis(5));
                    continue;
                };
                drop(caller.set_nonblocking(false));
                all.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(caller.try_clone());
                // Ends with the connection.
                thread::spawn(move || drop(converse(caller, silence)));
            }
        });
        Ok(Self {
            over,
            callers,
            acceptor: Some(acceptor),
        })
    }
}

impl Drop for Mute {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        if let Some(acceptor) = self.acceptor.take() {
            // A panic there has been printed.
            drop(acceptor.join());
        }
        for caller in self.callers.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // Who has gone already needs no goodbye.
            drop(caller.shutdown(Shutdown::Both));
        }
    }
}

/// Reads requests to the connection's end.
fn converse(mut caller: TcpStream, silence: Silence) -> Result<()> {
    let mut lines = BufReader::new(caller.try_clone()?).lines();
    let (mut method, mut address, mut number) = (String::new(), String::new(), String::new());
    while let Some(line) = lines.next().transpose()? {
        if let Some(value) = line.strip_prefix("CSeq:") {
            value.trim().clone_into(&mut number);
        } else if line.ends_with("RTSP/1.0") {
            let mut words = line.split(' ').map(str::to_owned);
            method = words.next().unwrap_or_default();
            address = words.next().unwrap_or_default();
        } else if line.is_empty() && silence == Silence::AfterDescribe {
            let head = format!("RTSP/1.0 200 OK\r\nCSeq: {number}\r\n");
            let answer = match method.as_str() {
                "OPTIONS" => format!("{head}Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n"),
                "DESCRIBE" => format!(
                    "{head}Content-Type: application/sdp\r\nContent-Base: {address}/\r\nContent-Length: {}\r\n\r\n{SDP}",
                    SDP.len()
                ),
                _ => continue,
            };
            caller.write_all(answer.as_bytes())?;
        }
    }
    Ok(())
}
