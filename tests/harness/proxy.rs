//! A line to the broker that can be made as bad as lines are: what toxiproxy's toxics do, between a client and a server
//! on this machine, under control of the test.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::{broker::free_port, until};

const LOOK: Duration = Duration::from_millis(5);

/// What the line does to bytes, in both directions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    /// How long each byte is under way.
    pub latency: Duration,
    /// Bytes a second.
    pub bandwidth: Option<u64>,
    /// Most bytes in one segment.
    pub slice: Option<usize>,
    /// Takes connections and bytes, and passes nothing on.
    pub dead: bool,
}

/// The line. Connections that are open when it is dropped are closed.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    target: u16,
    line: Mutex<Line>,
    connections: Mutex<Vec<Connection>>,
    off: AtomicBool,
    /// Whether nobody listens.
    closed: AtomicBool,
    stop: AtomicBool,
    accepted: AtomicU64,
    bytes: AtomicU64,
}

struct Connection {
    ends: [TcpStream; 2],
    /// To be left without a goodbye.
    broken: Arc<AtomicBool>,
}

impl Proxy {
    /// To `target`, a port of this machine.
    pub fn start(target: u16) -> Result<Self> {
        let port = free_port()?;
        let shared = Arc::new(Shared {
            target,
            line: Mutex::default(),
            connections: Mutex::default(),
            off: AtomicBool::new(false),
            closed: AtomicBool::new(true),
            stop: AtomicBool::new(false),
            accepted: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        });
        let acceptor = {
            let shared = shared.clone();
            Some(thread::spawn(move || shared.accept(port)))
        };
        let proxy = Self { port, shared, acceptor };
        proxy.on()?;
        Ok(proxy)
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("mqtts://127.0.0.1:{}", self.port)
    }

    /// The port where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on the line is like this, also for connections that are open.
    pub fn set(&self, line: Line) {
        *lock(&self.shared.line) = line;
    }

    /// Connections are refused, and those that are open are closed.
    pub fn off(&self) -> Result<()> {
        self.shared.off.store(true, Relaxed);
        until("the line to be off", 5, || {
            Ok(self.shared.closed.load(Relaxed).then_some(()))
        })?;
        self.shared.hang_up();
        Ok(())
    }

    /// Connections are taken again.
    pub fn on(&self) -> Result<()> {
        self.shared.off.store(false, Relaxed);
        until("the line to be on", 5, || {
            Ok((!self.shared.closed.load(Relaxed)).then_some(()))
        })
    }

    /// Breaks all open connections with a TCP reset, towards both ends.
    pub fn reset(&self) -> Result<()> {
        for Connection { ends, broken } in lock(&self.shared.connections).drain(..) {
            for end in &ends {
                rustix::net::sockopt::set_socket_linger(end, Some(Duration::ZERO))?;
            }
            broken.store(true, Relaxed);
        }
        Ok(())
    }

    /// How many connections were made so far.
    pub fn accepted(&self) -> u64 {
        self.shared.accepted.load(Relaxed)
    }

    /// How many bytes came through, in both directions.
    pub fn bytes(&self) -> u64 {
        self.shared.bytes.load(Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stop.store(true, Relaxed);
        self.shared.hang_up();
        if let Some(acceptor) = self.acceptor.take() {
            // A panic there has been printed.
            drop(acceptor.join());
        }
        self.shared.hang_up();
    }
}

impl Shared {
    fn hang_up(&self) {
        for Connection { ends, .. } in lock(&self.connections).drain(..) {
            // Who has gone already needs no goodbye.
            for end in &ends {
                drop(end.shutdown(Shutdown::Both));
            }
        }
    }

    fn accept(self: Arc<Self>, port: u16) {
        let mut listener = None;
        while !self.stop.load(Relaxed) {
            if self.off.load(Relaxed) {
                listener = None;
            } else if listener.is_none() {
                listener = TcpListener::bind(("127.0.0.1", port)).ok();
                if let Some(listener) = &listener {
                    drop(listener.set_nonblocking(true));
                }
            }
            self.closed.store(listener.is_none(), Relaxed);
            match listener.as_ref().map(TcpListener::accept) {
                Some(Ok((client, _))) => {
                    self.accepted.fetch_add(1, Relaxed);
                    drop(client.set_nonblocking(false));
                    let shared = self.clone();
                    thread::spawn(move || shared.connect(client));
                }
                _ => thread::sleep(LOOK),
            }
        }
    }

    fn connect(self: Arc<Self>, client: TcpStream) {
        let Ok(server) = TcpStream::connect(("127.0.0.1", self.target)) else {
            return;
        };
        let pair = |a: &TcpStream, b: &TcpStream| Some([a.try_clone().ok()?, b.try_clone().ok()?]);
        let (Some(kept), Some(up), Some(down)) =
            (pair(&client, &server), pair(&client, &server), pair(&server, &client))
        else {
            return;
        };
        let broken = Arc::new(AtomicBool::new(false));
        let connection = Connection {
            ends: kept,
            broken: broken.clone(),
        };
        lock(&self.connections).push(connection);
        self.pump(up, &broken);
        self.pump(down, &broken);
        // A reset is sent when the last of all ends is closed.
        drop((client, server));
    }

    fn pump(self: &Arc<Self>, [from, to]: [TcpStream; 2], broken: &Arc<AtomicBool>) {
        let (sender, receiver) = sync_channel(64);
        let (shared, is_broken) = (self.clone(), broken.clone());
        thread::spawn(move || shared.take(from, &sender, &is_broken));
        let (shared, is_broken) = (self.clone(), broken.clone());
        thread::spawn(move || shared.give(to, &receiver, &is_broken));
    }

    fn is_over(&self, broken: &AtomicBool) -> bool {
        self.stop.load(Relaxed) || broken.load(Relaxed)
    }

    fn line(&self) -> Line {
        *lock(&self.line)
    }

    fn take(&self, mut from: TcpStream, out: &SyncSender<(Instant, Vec<u8>)>, broken: &AtomicBool) {
        let mut buffer = [0; 16 * 1024];
        drop(from.set_read_timeout(Some(LOOK * 4)));
        loop {
            match from.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => {
                    let due = Instant::now() + self.line().latency;
                    if out.send((due, buffer[..count].to_vec())).is_err() {
                        return;
                    }
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if self.is_over(broken) {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    }

    fn give(&self, mut to: TcpStream, bytes: &Receiver<(Instant, Vec<u8>)>, broken: &AtomicBool) {
        drop(to.set_nodelay(true));
        while let Ok((due, bytes)) = bytes.recv() {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let line = self.line();
                if self.is_over(broken) {
                    return;
                }
                let now = Instant::now();
                if line.dead || now < due {
                    thread::sleep(LOOK.min(due.saturating_duration_since(now).max(Duration::from_micros(100))));
                    continue;
                }
                let share = line
                    .bandwidth
                    .map_or(usize::MAX, |bandwidth| (bandwidth / 20).max(1) as usize);
                let count = rest.len().min(share).min(line.slice.unwrap_or(usize::MAX)).max(1);
                if to.write_all(&rest[..count]).is_err() {
                    return;
                }
                self.bytes.fetch_add(count as u64, Relaxed);
                rest = &rest[count..];
                if let Some(bandwidth) = line.bandwidth {
                    thread::sleep(Duration::from_secs_f64(count as f64 / bandwidth.max(1) as f64));
                } else if line.slice.is_some() {
                    // Long enough for the other end to see it by itself.
                    thread::sleep(Duration::from_micros(200));
                }
            }
        }
        if !self.is_over(broken) {
            drop(to.shutdown(Shutdown::Write));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
