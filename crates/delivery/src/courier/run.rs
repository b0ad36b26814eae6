//! The courier's life: connect, send what is pending, wait a while after each failure, for as long as it is wanted.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use luchs_scene::Utc;
use tokio::{
    sync::{Notify, oneshot, watch},
    time::{Instant, sleep},
};

use super::{
    mutes::Mutes,
    session::{Session, Words},
    statements::Refusals,
};
use crate::{
    backoff::{Backoff, random},
    clock::Clock,
    mqtt::{ConnectFailure, Link, LinkEvent, LinkOptions},
    notice::{Board, Severity, Topic},
    outbox::{Command, Inbox},
    retained::Retained,
    stats::{Counters, set_error},
};

/// How often the courier gives a sign of life while it waits.
pub(super) const BEAT: Duration = Duration::from_secs(1);
/// A connection that lasted this long was a good one.
const STABLE: Duration = Duration::from_secs(10);

pub(crate) struct CourierSettings {
    pub(crate) link: LinkOptions,
    /// `<prefix>/<device>/status`.
    pub(crate) status_topic: String,
    pub(crate) device: String,
    pub(crate) boot: String,
    /// `<prefix>/<device>/keys` and the device's public key.
    pub(crate) key_topic: String,
    pub(crate) key: String,
    /// Events older than this are of no use to anyone.
    pub(crate) max_age: Duration,
}

pub(crate) struct Courier {
    pub(crate) settings: CourierSettings,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) board: Arc<Board>,
    pub(crate) retained: Arc<Retained>,
    pub(crate) news: Arc<Notify>,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) clock: Clock,
}

/// What is remembered from one connection to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) mutes: Mutes,
    /// Up to this number events are sent one at a time: one of those under way when the last connection broke may be
    /// why it broke.
    pub(super) careful: u64,
    /// The outbox's file that `careful` is of.
    pub(super) generation: u64,
    pub(super) words: Words,
    pub(super) refusals: Refusals,
}

/// Why a connection is over.
pub(super) enum End {
    Stopped,
    Failed(ConnectFailure),
}

impl CourierSettings {
    /// The text of our retained status.
    pub(super) fn status(&self, state: &str) -> String {
        let time = Utc::from(SystemTime::now());
        serde_json::json!({ "state": state, "device": self.device, "boot": self.boot, "time": time }).to_string()
    }
}

impl Courier {
    pub(crate) async fn run(mut self) {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        let (mut memory, mut told) = (Memory::default(), false);
        while !*self.stop.borrow() {
            let begun = Instant::now();
            let end = self.connection(&mut memory, &mut told).await;
            self.counters.set_connected(false);
            let End::Failed(failure) = end else { return };
            if begun.elapsed() >= STABLE {
                backoff.reset();
            }
            let wait = backoff.next(random());
            let text = format!("no connection to the broker {failure}");
            set_error(&self.counters.link_error, Some(text.clone()));
            let kept = format!("{text}. Events are kept; next try in {:.1} s", wait.as_secs_f32());
            told |= self.board.post_seldom(&text, Severity::Warning, Topic::Link, kept);
            let over = Instant::now() + wait;
            while Instant::now() < over && !*self.stop.borrow() {
                self.beat();
                tokio::select! {
                    () = sleep(BEAT.min(over.saturating_duration_since(Instant::now()))) => {}
                    _ = self.stop.changed() => {}
                }
            }
        }
    }

    /// From connecting to the end of the connection.
    async fn connection(&mut self, memory: &mut Memory, told: &mut bool) -> End {
        let mut options = self.settings.link.clone();
        // Certificates are renewed while we run.
        options.tls = options.tls.reloaded();
        options.will = Some((self.settings.status_topic.clone(), self.settings.status("offline")));
        let mut link = Link::open(&options);
        let greeting = loop {
            self.beat();
            tokio::select! {
                event = link.next() => match event {
                    Some(LinkEvent::Connected(greeting)) => break greeting,
                    Some(LinkEvent::Lost(failure)) => return End::Failed(failure),
                    Some(_) => {}
                    None => return End::Failed(self.failure("the MQTT client stopped")),
                },
                () = sleep(BEAT) => {}
                _ = self.stop.changed() => return End::Stopped,
            }
        };
        let (reply, answer) = oneshot::channel();
        let broker = format!("{} as {}", options.url, options.client_id);
        let present = greeting.session_present;
        self.inbox.command(Command::Session { broker, present, reply });
        if answer.await.is_err() {
            return End::Stopped;
        }
        self.counters.set_connected(true);
        set_error(&self.counters.link_error, None);
        if std::mem::take(told) {
            let text = format!("connected to the broker {}", options.url);
            self.board.post(Severity::Info, Topic::Link, text);
        }
        memory.mutes.reconnected(Instant::now(), random());
        self.counters.set_muted(memory.mutes.topics());
        let mut session = Session::new(self, link, greeting, memory);
        let mut stop = self.stop.clone();
        match session.serve(&mut stop).await {
            Ok(()) => {
                session.goodbye().await;
                End::Stopped
            }
            Err(failure) => {
                session.remember();
                End::Failed(failure)
            }
        }
    }

    /// A sign of life: only while there is nothing to wait for that has to come at once.
    pub(super) fn beat(&self) {
        self.counters.courier_signs.fetch_add(1, Relaxed);
    }

    pub(super) fn failure(&self, reason: &str) -> ConnectFailure {
        ConnectFailure {
            host: self.settings.link.url.to_string(),
            reason: reason.to_owned(),
        }
    }
}
