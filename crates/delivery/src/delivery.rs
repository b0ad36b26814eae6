//! The handle that everyone else holds.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak, atomic::Ordering::Relaxed},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use luchs_scene::{Draft, Latencies, Name, event::Status};
use luchs_seal::{DeviceKey, Recipients, Sealer};
use tokio::{
    runtime,
    sync::{Notify, watch},
};
use uuid::Uuid;

use crate::{
    Claim, Notice, OpenError, RetainError, Settings, Signs, Stats,
    claim::Seat,
    clock::Clock,
    courier::{Courier, CourierSettings},
    expiry::Expiry,
    mqtt::{BrokerUrl, LinkOptions, Tls},
    notice::{Board, Listener},
    outbox::{Command, Inbox, Writer, WriterSettings, file_bytes},
    report,
    retained::Retained,
    stats::Counters,
};

/// How long the broker remembers us. Only a means to find out whether it lost its memory.
const SESSION_EXPIRY: Duration = Duration::from_hours(24);
/// How long the last holder waits for what it submitted to be on disk.
const LAST_FLUSH: Duration = Duration::from_secs(5);

/// Delivers the events of one device. Cheap to clone; the last one to be dropped commits what is left, says goodbye to
/// the broker and ends both threads.
#[derive(Clone)]
pub struct Delivery(Arc<Shared>);

/// Dropped in this order: an outbox is out of the list only when it is closed.
struct Shared {
    inner: Inner,
    _entry: Entry,
}

struct Inner {
    settings: Settings,
    device: Name,
    inbox: Arc<Inbox>,
    counters: Arc<Counters>,
    board: Arc<Board>,
    retained: Arc<Retained>,
    news: Arc<Notify>,
    stop: watch::Sender<bool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    cameras: Mutex<BTreeMap<Name, Seat>>,
}

/// Open outboxes of this process. Two pipelines of one process share what two processes may not.
static OPEN: Mutex<Vec<(PathBuf, Weak<Shared>)>> = Mutex::new(Vec::new());
/// One of them was closed.
static CLOSED: Condvar = Condvar::new();

/// A place in the list of open outboxes.
struct Entry(PathBuf);

impl Drop for Entry {
    fn drop(&mut self) {
        OPEN.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|(path, _)| *path != self.0);
        CLOSED.notify_all();
    }
}

impl Delivery {
    /// Opens the outbox and begins to deliver. Whoever opens the same outbox in this process again, with equal
    /// settings, shares it.
    pub fn open(settings: Settings) -> Result<Self, OpenError> {
        let path = std::path::absolute(&settings.outbox).unwrap_or_else(|_| settings.outbox.clone());
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((_, shared)) = open.iter().find(|(other, _)| *other == path) {
            if let Some(shared) = shared.upgrade() {
                let equal = shared.inner.settings == settings;
                // Never the last handle while the list is locked.
                drop(open);
                return if equal {
                    Ok(Self(shared))
                } else {
                    Err(OpenError::Conflict { path })
                };
            }
            open = CLOSED.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
        let inner = Inner::start(settings)?;
        let shared = Arc::new(Shared {
            inner,
            _entry: Entry(path.clone()),
        });
        open.push((path, Arc::downgrade(&shared)));
        Ok(Self(shared))
    }

    /// The device, as its signing key names it.
    pub fn device(&self) -> &Name {
        &self.0.inner.device
    }

    /// The outbox.
    pub fn outbox(&self) -> &Path {
        &self.0.inner.settings.outbox
    }

    /// The right to speak for `camera`; an error if someone in this process has it.
    pub fn claim(&self, camera: Name) -> Result<Claim, OpenError> {
        Claim::new(self.clone(), camera)
    }

    /// Takes an event in. Waits half a second at most, and only if events come faster than they can be written. An
    /// event that has to be given up is counted, and announced to subscribers as a gap.
    pub fn submit(&self, draft: Draft) {
        self.submit_since(std::iter::once(draft), Instant::now());
    }

    /// Tells subscribers how a camera fares, or the device itself ([`Name::of_device`]): an event `camera.down`, `camera.up`
    /// or `device.status`, by its condition. Also for a camera that someone else has the [`Claim`] of, or nobody.
    pub fn tell(&self, camera: &Name, status: Status) {
        report::tell(&self.0.inner.inbox, &self.0.inner.counters, camera, status);
    }

    /// As [`Delivery::submit`], of something that arrived then; what comes together is committed together.
    pub(crate) fn submit_since(&self, drafts: impl ExactSizeIterator<Item = Draft>, arrived: Instant) {
        self.0.inner.counters.submitted.fetch_add(drafts.len() as u64, Relaxed);
        let dropped = self.0.inner.inbox.submit(drafts, arrived);
        self.0.inner.counters.dropped.fetch_add(dropped, Relaxed);
    }

    /// States `payload` on `topic`, in plain text, for the broker to keep: for what is no secret and is to be known to
    /// whoever subscribes later, such as the device's health. None takes it back. The latest value of each topic is stated
    /// as soon as there is a connection, and again after each time that the connection is made anew. Statements do not
    /// survive this process, and never hold up events.
    ///
    /// Up to 256 topics, 64 KiB each and 1 MiB in all; see [`RetainError`] for what cannot be stated.
    pub fn retain(&self, topic: &str, payload: Option<&[u8]>) -> Result<(), RetainError> {
        if self.0.inner.retained.set(topic, payload)? {
            self.0.inner.news.notify_one();
        }
        Ok(())
    }

    /// A topic for statements about the device: `<prefix>/<device>/status/<below>`.
    pub fn status_topic(&self, below: &str) -> String {
        format!("{}/{}/status/{below}", self.prefix(), self.device())
    }

    /// Waits until everything submitted so far is sealed and committed to the outbox; false if that takes longer.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.0.inner.inbox.flush(timeout)
    }

    /// Waits until the broker has acknowledged everything, also of others who share the outbox; false if that takes
    /// longer, or if the broker refuses some for good.
    pub fn drain(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        if !self.flush(timeout) {
            return false;
        }
        let pending = || self.0.inner.counters.pending.load(Relaxed);
        while pending() > 0 || !self.0.inner.inbox.is_settled() {
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.0.inner.counters.parked.load(Relaxed) == 0
    }

    pub(crate) fn seats(&self) -> MutexGuard<'_, BTreeMap<Name, Seat>> {
        self.0.inner.cameras.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.0.inner.settings.topic_prefix
    }

    pub(crate) fn is_muted(&self, topic: &str) -> bool {
        self.0.inner.counters.is_muted(topic)
    }

    pub(crate) fn command(&self, command: Command) {
        self.0.inner.inbox.command(command);
    }

    /// Counts so far.
    pub fn stats(&self) -> Stats {
        Stats {
            outbox_bytes: file_bytes(self.outbox()),
            ..self.0.inner.counters.snapshot()
        }
    }

    /// Signs of life of the two threads.
    pub fn signs(&self) -> Signs {
        self.0.inner.counters.signs()
    }

    /// How long it took to commit events: from the arrival of what they tell to being on disk.
    pub fn commit_latencies(&self) -> Latencies {
        self.0.inner.inbox.latencies()
    }

    /// The latest notices, oldest first.
    pub fn notices(&self) -> Vec<Notice> {
        self.0.inner.board.recent()
    }

    /// Calls `callback` for the latest notices and every later one, until the listener is dropped. It is called on the
    /// delivery's own threads and must not wait for them.
    pub fn listen(&self, callback: impl Fn(&Notice) + Send + Sync + 'static) -> Listener {
        self.0.inner.board.listen(callback)
    }
}

impl Inner {
    fn start(settings: Settings) -> Result<Self, OpenError> {
        let key = DeviceKey::load(&settings.signing_key).map_err(OpenError::SigningKey)?;
        let recipients = Recipients::load_dir(&settings.recipients).map_err(OpenError::Recipients)?;
        let url: BrokerUrl = settings.broker.url.parse()?;
        let tls = Tls::new(&settings.broker)?;
        check_prefix(&settings.topic_prefix)?;
        let device = key.device().clone();
        let client_id = settings.broker.client_id.clone().unwrap_or_else(|| device.to_string());
        check_client_id(&client_id)?;

        let boot = Uuid::new_v4();
        let (inbox, counters) = (Arc::new(Inbox::new(settings.memory)), Arc::new(Counters::default()));
        let (board, news) = (Arc::new(Board::default()), Arc::new(Notify::new()));
        let retained = Arc::new(Retained::new(format!("{}/{device}", settings.topic_prefix)));
        let (stop, stopped) = watch::channel(false);
        let courier = CourierSettings {
            link: LinkOptions {
                url,
                tls,
                client_id,
                session_expiry: SESSION_EXPIRY,
                window: settings.window.max(1),
                will: None,
            },
            status_topic: format!("{}/{device}/status", settings.topic_prefix),
            device: device.to_string(),
            boot: boot.to_string(),
            key_topic: format!("{}/{device}/keys", settings.topic_prefix),
            key: key.public().as_json().to_owned(),
            max_age: settings.retention.age,
        };
        let writer = WriterSettings {
            path: settings.outbox.clone(),
            prefix: settings.topic_prefix.clone(),
            boot,
            retention: settings.retention,
            replay: settings.replay,
        };
        let sealer = Sealer::new(key, recipients);
        let writer = Writer::open(
            writer,
            sealer,
            inbox.clone(),
            counters.clone(),
            board.clone(),
            news.clone(),
        )?;
        let inner = Self {
            settings,
            device,
            inbox: inbox.clone(),
            counters: counters.clone(),
            board: board.clone(),
            retained: retained.clone(),
            news: news.clone(),
            stop,
            threads: Mutex::default(),
            cameras: Mutex::default(),
        };
        let writer_inbox = inbox.clone();
        // From here on a failure drops `inner`, which stops what was started.
        inner.spawn("luchs-outbox", move || {
            let _last = CloseAtEnd(writer_inbox);
            writer.run();
        })?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(OpenError::Thread)?;
        let expiry = Expiry::new(&inner.settings.broker, inbox.clone(), counters.clone(), board.clone());
        let courier = Courier {
            settings: courier,
            inbox,
            counters,
            board,
            retained,
            news,
            stop: stopped,
            clock: Clock::new(),
        };
        inner.spawn("luchs-courier", move || {
            runtime.block_on(async {
                tokio::select! {
                    () = courier.run() => {}
                    () = expiry.run() => {}
                }
            });
            // A look-up of the broker's name may still hang.
            runtime.shutdown_timeout(Duration::from_millis(100));
        })?;
        Ok(inner)
    }

    fn spawn(&self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
        let thread = thread::Builder::new()
            .name(name.into())
            .spawn(run)
            .map_err(OpenError::Thread)?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    /// Ends the thread that was started last. It may be this one, when a listener held the last handle.
    fn join(&self) {
        let thread = self.threads.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id())
            && thread.join().is_err()
        {
            tracing::error!("a thread of the delivery ended with a panic");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.inbox.flush(LAST_FLUSH);
        self.stop.send_replace(true);
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner).len();
        // The courier before the writer: its last acknowledgements are still to be written.
        if threads > 1 {
            self.join();
        }
        self.inbox.stop();
        self.join();
    }
}

/// Also when the writer ends by a fault of its own.
struct CloseAtEnd(Arc<Inbox>);

impl Drop for CloseAtEnd {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn check_prefix(prefix: &str) -> Result<(), OpenError> {
    let plain = |level: &str| level.parse::<Name>().is_ok();
    if prefix.len() <= 256 && prefix.split('/').all(plain) {
        Ok(())
    } else {
        Err(OpenError::Topic(prefix.chars().take(80).collect()))
    }
}

pub(crate) fn check_client_id(id: &str) -> Result<(), OpenError> {
    let proper = (1..=64).contains(&id.chars().count()) && !id.chars().any(char::is_control);
    if proper {
        Ok(())
    } else {
        Err(OpenError::ClientId(id.chars().take(80).collect()))
    }
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Delivery").field(&self.0.inner.settings.outbox).finish()
    }
}
