//! A broker that answers as a test tells it to: the codes and habits that mosquitto cannot be made to show. MQTT 5 over
//! TLS with client certificates, and no more of it than a publisher needs.

use std::{
    collections::BTreeSet,
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context as _, Result};
use openssl::ssl::{SslAcceptor, SslFiletype, SslMethod, SslStream, SslVerifyMode};

use crate::{
    Pki,
    pki::{Identity, Validity},
};

/// What the broker tells of itself on connecting.
#[derive(Clone, Copy, Debug, Default)]
pub struct Greeting {
    /// Receive Maximum.
    pub window: Option<u16>,
    /// Maximum Packet Size.
    pub packet: Option<u32>,
}

/// A message that a client has published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its topic.
    pub topic: String,
    /// Its content.
    pub payload: Vec<u8>,
    /// Whether it was sent before, as the client says.
    pub again: bool,
    /// Message Expiry Interval, in seconds.
    pub expiry: Option<u32>,
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// PUBACK with this reason code; below 0x80 the message is taken.
    Code(u8),
    /// Nothing at all.
    Silence,
    /// DISCONNECT with this reason code.
    Disconnect(u8),
}

/// The broker; gone when it is dropped.
pub struct Scripted {
    port: u16,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

type Script = dyn FnMut(&Published) -> Answer + Send;

struct Shared {
    tls: SslAcceptor,
    greeting: Greeting,
    script: Mutex<Box<Script>>,
    taken: Mutex<Vec<Published>>,
    known: Mutex<BTreeSet<Vec<u8>>>,
    open: Mutex<Vec<TcpStream>>,
    /// What a client did that it must not.
    wrongs: Mutex<Vec<String>>,
    stop: AtomicBool,
}

impl Scripted {
    /// Starts it. `script` is asked about every message on a topic of events; statuses and keys are always taken.
    pub fn start(
        pki: &Pki,
        greeting: Greeting,
        script: impl FnMut(&Published) -> Answer + Send + 'static,
    ) -> Result<Self> {
        let Identity { certificate, key } = pki.server(Validity::NOW)?;
        let mut tls = SslAcceptor::mozilla_modern_v5(SslMethod::tls_server())?;
        tls.set_certificate_chain_file(certificate)?;
        tls.set_private_key_file(key, SslFiletype::PEM)?;
        tls.set_ca_file(pki.ca_file())?;
        tls.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        listener.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            tls: tls.build(),
            greeting,
            script: Mutex::new(Box::new(script)),
            taken: Mutex::default(),
            known: Mutex::default(),
            open: Mutex::default(),
            wrongs: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let acceptor = {
            let shared = shared.clone();
            Some(thread::spawn(move || shared.accept(&listener)))
        };
        Ok(Self { port, shared, acceptor })
    }

    /// `mqtts://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("mqtts://127.0.0.1:{}", self.port)
    }

    /// The messages that it took, in order.
    pub fn taken(&self) -> Vec<Published> {
        lock(&self.shared.taken).clone()
    }

    /// What clients did against the rules.
    pub fn wrongs(&self) -> Vec<String> {
        lock(&self.shared.wrongs).clone()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.shared.stop.store(true, Relaxed);
        for stream in lock(&self.shared.open).drain(..) {
            // Who has gone already needs no goodbye.
            drop(stream.shutdown(Shutdown::Both));
        }
        if let Some(acceptor) = self.acceptor.take() {
            // A panic there has been printed.
            drop(acceptor.join());
        }
    }
}

impl Shared {
    fn accept(self: Arc<Self>, listener: &TcpListener) {
        while !self.stop.load(Relaxed) {
            let Ok((stream, _)) = listener.accept() else {
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            let shared = self.clone();
            thread::spawn(move || {
                // However it ends, the client comes again.
                drop(shared.serve(stream));
            });
        }
    }

    fn serve(&self, stream: TcpStream) -> Result<()> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        lock(&self.open).push(stream.try_clone()?);
        let mut tls = self.tls.accept(stream).ok().context("no TLS")?;
        let (first, body) = packet(&mut tls)?;
        anyhow::ensure!(first >> 4 == 1, "the first packet is no CONNECT");
        // Name, version, flags, keep alive; properties; client id.
        let mut rest = body.get(10..).context("short")?;
        take_properties(&mut rest)?;
        let present = !lock(&self.known).insert(take_text(&mut rest)?.to_vec());
        let mut properties = Vec::new();
        if let Some(window) = self.greeting.window {
            properties.push(0x21);
            properties.extend(window.to_be_bytes());
        }
        if let Some(size) = self.greeting.packet {
            properties.push(0x27);
            properties.extend(size.to_be_bytes());
        }
        let mut answer = vec![u8::from(present), 0, properties.len() as u8];
        answer.extend(properties);
        send(&mut tls, 0x20, &answer)?;
        loop {
            let (first, body) = packet(&mut tls)?;
            match first >> 4 {
                3 if !self.published(&mut tls, first, &body)? => return Ok(()),
                3 => {}
                12 => send(&mut tls, 0xD0, &[])?,
                14 => return Ok(()),
                kind => anyhow::bail!("packet type {kind} is not known here"),
            }
        }
    }

    /// False if that was the end.
    fn published(&self, tls: &mut SslStream<TcpStream>, first: u8, body: &[u8]) -> Result<bool> {
        let mut rest = body;
        let topic = String::from_utf8_lossy(take_text(&mut rest)?).into_owned();
        let id: [u8; 2] = rest.get(..2).context("short")?.try_into()?;
        rest = &rest[2..];
        let expiry = expiry(take_properties(&mut rest)?);
        let published = Published {
            topic,
            payload: rest.to_vec(),
            again: first & 8 != 0,
            expiry,
        };
        if self
            .greeting
            .packet
            .is_some_and(|limit| body.len() + 5 > limit as usize)
        {
            lock(&self.wrongs).push(format!("{} bytes on {}", body.len(), published.topic));
        }
        if self.greeting.window == Some(1) && more_comes(tls)? {
            lock(&self.wrongs).push(format!("another packet before the answer on {}", published.topic));
        }
        if !published.topic.ends_with("/events") {
            send(tls, 0x40, &[id[0], id[1], 0, 0])?;
            return Ok(true);
        }
        let answer = (lock(&self.script))(&published);
        match answer {
            Answer::Code(code) => {
                if code < 0x80 && code != 0x10 {
                    lock(&self.taken).push(published);
                }
                send(tls, 0x40, &[id[0], id[1], code, 0])?;
            }
            Answer::Silence => {}
            Answer::Disconnect(code) => {
                send(tls, 0xE0, &[code, 0])?;
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether the client sends more before it has an answer.
fn more_comes(tls: &mut SslStream<TcpStream>) -> Result<bool> {
    tls.get_ref().set_read_timeout(Some(Duration::from_millis(20)))?;
    let more = tls.ssl().pending() > 0 || tls.get_ref().peek(&mut [0]).is_ok_and(|count| count > 0);
    tls.get_ref().set_read_timeout(None)?;
    Ok(more)
}

fn packet(stream: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut byte = [0];
    stream.read_exact(&mut byte)?;
    let first = byte[0];
    let (mut length, mut shift) = (0_usize, 0);
    loop {
        stream.read_exact(&mut byte)?;
        length |= usize::from(byte[0] & 0x7F) << shift;
        shift += 7;
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((first, body))
}

fn send(stream: &mut impl Write, first: u8, body: &[u8]) -> io::Result<()> {
    // All that is sent here is short.
    let mut bytes = vec![first, body.len() as u8];
    bytes.extend(body);
    stream.write_all(&bytes)?;
    stream.flush()
}

/// A length, and so many bytes.
fn take_text<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length: [u8; 2] = rest.get(..2).context("short")?.try_into()?;
    let end = 2 + usize::from(u16::from_be_bytes(length));
    let text = rest.get(2..end).context("short")?;
    *rest = &rest[end..];
    Ok(text)
}

/// Message Expiry Interval, if it is among these; a client that sends others before it is not understood.
fn expiry(properties: &[u8]) -> Option<u32> {
    let (first, value) = properties.split_first()?;
    let value = value.get(..4).filter(|_| *first == 2)?;
    Some(u32::from_be_bytes(value.try_into().ok()?))
}

fn take_properties<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8]> {
    let (mut length, mut at) = (0_usize, 0);
    loop {
        let byte = *rest.get(at).context("short")?;
        length |= usize::from(byte & 0x7F) << (7 * at);
        at += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let properties = rest.get(at..at + length).context("short")?;
    *rest = &rest[at + length..];
    Ok(properties)
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
