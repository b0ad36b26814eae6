//! The courier's life: connect, send what is pending, wait a while after each failure, for as long as it is wanted.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use luchs_scene::Utc;
use rumqttc::v5::mqttbytes::v5::{PubAckReason, PublishProperties};
use tokio::{
    sync::{Notify, oneshot, watch},
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    mutes::Mutes,
    window::{Parcel, Window},
};
use crate::{
    backoff::{Backoff, random},
    mqtt::{ConnectFailure, Greeting, Link, LinkEvent, LinkOptions},
    notice::{Board, Severity, Topic},
    outbox::{Command, Inbox, Row, Verdict},
    stats::{Counters, set_error},
};

/// A connection that lasted this long was a good one.
const STABLE: Duration = Duration::from_secs(10);
/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// Least time between two notices that say the same.
const REPEAT: Duration = Duration::from_mins(5);

pub(crate) struct CourierSettings {
    pub(crate) link: LinkOptions,
    /// `<prefix>/<device>/status` and what it says before the state: `{"device":…,"boot":…}`.
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
    pub(crate) news: Arc<Notify>,
    pub(crate) stop: watch::Receiver<bool>,
}

/// Why a connection is over.
enum End {
    Stopped,
    Failed(ConnectFailure),
}

/// One connection's state.
struct Session {
    greeting: Greeting,
    window: Window,
    mutes: Mutes,
    /// Topics of the events under way.
    topics: HashMap<u64, String>,
    /// Everything up to here was handed to the client, or is on a muted topic.
    cursor: u64,
    /// There may be more in the outbox.
    hungry: bool,
    generation: u64,
}

/// The text of our retained status.
pub(crate) fn status(state: &str, device: &str, boot: &str) -> String {
    let time = Utc::from(SystemTime::now());
    serde_json::json!({ "state": state, "device": device, "boot": boot, "time": time }).to_string()
}

impl Courier {
    pub(crate) async fn run(mut self) {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        let mut said: Option<(String, Instant)> = None;
        while !*self.stop.borrow() {
            let begun = Instant::now();
            let end = self.connection(&mut said).await;
            self.counters.connected.store(false, Relaxed);
            let End::Failed(failure) = end else { return };
            if begun.elapsed() >= STABLE {
                backoff.reset();
            }
            let wait = backoff.next(random());
            self.say(&failure, wait, &mut said);
            tokio::select! {
                () = sleep(wait) => {}
                _ = self.stop.changed() => {}
            }
        }
    }

    fn say(&self, failure: &ConnectFailure, wait: Duration, said: &mut Option<(String, Instant)>) {
        let text = format!("no connection to the broker {failure}");
        set_error(&self.counters.link_error, Some(text.clone()));
        // The same reason over and over is one piece of news.
        if said
            .as_ref()
            .is_some_and(|(before, at)| *before == text && at.elapsed() < REPEAT)
        {
            tracing::debug!(wait = ?wait, "{text}");
            return;
        }
        let kept = format!("{text}. Events are kept; next try in {:.1} s", wait.as_secs_f32());
        self.board.post(Severity::Warning, Topic::Link, kept);
        *said = Some((text, Instant::now()));
    }

    /// From connecting to the end of the connection.
    async fn connection(&mut self, said: &mut Option<(String, Instant)>) -> End {
        let CourierSettings {
            status_topic,
            device,
            boot,
            ..
        } = &self.settings;
        let mut options = self.settings.link.clone();
        options.will = Some((status_topic.clone(), status("offline", device, boot)));
        let mut link = Link::open(&options);
        let greeting = loop {
            tokio::select! {
                event = link.next() => match event {
                    Some(LinkEvent::Connected(greeting)) => break greeting,
                    Some(LinkEvent::Lost(failure)) => return End::Failed(failure),
                    Some(_) => {}
                    None => return End::Failed(self.failure("the MQTT client stopped")),
                },
                _ = self.stop.changed() => return End::Stopped,
            }
        };
        let (reply, answer) = oneshot::channel();
        let broker = format!("{} as {}", options.url, options.client_id);
        self.inbox.command(Command::Session {
            broker,
            present: greeting.session_present,
            reply,
        });
        if answer.await.is_err() {
            return End::Stopped;
        }
        self.counters.connected.store(true, Relaxed);
        set_error(&self.counters.link_error, None);
        if said.take().is_some() {
            self.board.post(
                Severity::Info,
                Topic::Link,
                format!("connected to the broker {}", options.url),
            );
        }
        let mut session = Session {
            greeting,
            window: Window::new(greeting.window),
            mutes: Mutes::default(),
            topics: HashMap::new(),
            cursor: 0,
            hungry: true,
            generation: self.counters.generation.load(Relaxed),
        };
        match self.serve(&mut link, &mut session).await {
            End::Stopped => {
                self.goodbye(&mut link, &mut session).await;
                End::Stopped
            }
            failed @ End::Failed(_) => failed,
        }
    }

    async fn serve(&mut self, link: &mut Link, session: &mut Session) -> End {
        let CourierSettings {
            status_topic,
            device,
            boot,
            key_topic,
            key,
            ..
        } = &self.settings;
        let words = [(status_topic, status("online", device, boot)), (key_topic, key.clone())];
        for (topic, text) in words {
            if !Self::word(link, session, topic, text) {
                return End::Failed(self.failure("the MQTT client stopped"));
            }
        }
        loop {
            if *self.stop.borrow() {
                return End::Stopped;
            }
            if let Err(failure) = self.fill(link, session).await {
                return End::Failed(failure);
            }
            let probe = session.mutes.next_probe();
            let probe_due = async {
                match probe {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                event = link.next() => {
                    if let Err(failure) = self.handle(event, session) {
                        return End::Failed(failure);
                    }
                }
                () = self.news.notified() => {
                    session.hungry = true;
                    if session.generation != self.counters.generation.load(Relaxed) {
                        return End::Failed(self.failure("the outbox was replaced; the connection is made anew"));
                    }
                }
                () = probe_due, if session.window.room() > 0 => {
                    if let Err(failure) = self.probe(link, session).await {
                        return End::Failed(failure);
                    }
                }
                _ = self.stop.changed() => {}
            }
        }
    }

    /// Queues pending events until the window is full or nothing is left.
    async fn fill(&self, link: &Link, session: &mut Session) -> Result<(), ConnectFailure> {
        while session.hungry && session.window.room() > 0 {
            let (room, under_way) = (session.window.room(), session.window.events());
            let (reply, answer) = oneshot::channel();
            let except = session.mutes.topics();
            // Some of what comes may be under way already, when the cursor was set back.
            let limit = room + under_way;
            self.inbox.command(Command::Fetch {
                after: session.cursor,
                except,
                limit,
                reply,
            });
            let rows = answer.await.map_err(|_| self.failure("the outbox was closed"))?;
            session.hungry = rows.len() == limit;
            for row in rows {
                if session.window.room() == 0 {
                    session.hungry = true;
                    break;
                }
                session.cursor = row.seq;
                if !session.window.contains(row.seq) {
                    self.send(link, session, row)?;
                }
            }
        }
        Ok(())
    }

    /// Tries the topics that are due again with their oldest event each.
    async fn probe(&self, link: &Link, session: &mut Session) -> Result<(), ConnectFailure> {
        while session.window.room() > 0
            && let Some(topic) = session.mutes.due(Instant::now())
        {
            let (reply, answer) = oneshot::channel();
            self.inbox.command(Command::Oldest {
                topic: topic.clone(),
                reply,
            });
            match answer.await.map_err(|_| self.failure("the outbox was closed"))? {
                Some(row) if !session.window.contains(row.seq) => {
                    session.mutes.probing(&topic, row.seq);
                    self.send(link, session, row)?;
                }
                // Its answer will tell.
                Some(row) => session.mutes.probing(&topic, row.seq),
                None => {
                    session.mutes.accepted(&topic);
                }
            }
        }
        Ok(())
    }

    fn send(&self, link: &Link, session: &mut Session, row: Row) -> Result<(), ConnectFailure> {
        let Row {
            seq,
            topic,
            payload,
            created,
        } = row;
        if !session.greeting.takes(&topic, &payload) {
            let limit = session.greeting.max_packet.unwrap_or(0);
            let text = format!(
                "event {seq} of {} bytes is larger than the broker takes ({limit} bytes) and was put aside: \
                 raise the broker's max_packet_size",
                payload.len()
            );
            self.board.post_seldom("too large", Severity::Error, Topic::Link, text);
            self.settle(session, seq, Verdict::Parked);
            return Ok(());
        }
        let age = Utc::from(SystemTime::now()).millis_since(Utc::from_unix_millis(created)) / 1000;
        let left = self.settings.max_age.as_secs().saturating_sub(age);
        let properties = PublishProperties {
            content_type: Some("application/jose+json".into()),
            // At least a minute: our clock may have been wrong when the event was made.
            message_expiry_interval: u32::try_from(left.max(60)).ok(),
            ..PublishProperties::default()
        };
        if !link.publish(&topic, false, payload, properties) {
            return Err(self.failure("the MQTT client stopped"));
        }
        session.window.queue(Parcel::Event(seq));
        session.topics.insert(seq, topic);
        Ok(())
    }

    /// Publishes a retained text of ours.
    fn word(link: &Link, session: &mut Session, topic: &str, text: String) -> bool {
        let properties = PublishProperties {
            content_type: Some("application/json".into()),
            ..Default::default()
        };
        let queued = link.publish(topic, true, text.into_bytes(), properties);
        if queued {
            session.window.queue(Parcel::Word);
        }
        queued
    }

    fn handle(&self, event: Option<LinkEvent>, session: &mut Session) -> Result<(), ConnectFailure> {
        let confused = |confusion: super::window::Confusion| self.failure(&confusion.to_string());
        match event {
            Some(LinkEvent::Sent(packet)) => session.window.sent(packet).map_err(confused),
            Some(LinkEvent::Acked(packet, reason)) => {
                if let Parcel::Event(seq) = session.window.answered(packet).map_err(confused)? {
                    self.answered(session, seq, reason);
                }
                Ok(())
            }
            Some(LinkEvent::Lost(failure)) => Err(failure),
            Some(LinkEvent::Connected(_) | LinkEvent::Subscribed(_) | LinkEvent::Message(_)) => Ok(()),
            None => Err(self.failure("the MQTT client stopped")),
        }
    }

    fn answered(&self, session: &mut Session, seq: u64, reason: PubAckReason) {
        let topic = session.topics.remove(&seq).unwrap_or_default();
        match reason {
            PubAckReason::Success => {
                self.settle(session, seq, Verdict::Acknowledged);
                if session.mutes.accepted(&topic) {
                    // Back to the oldest of that topic.
                    session.cursor = 0;
                    session.hungry = true;
                }
            }
            PubAckReason::NotAuthorized | PubAckReason::TopicNameInvalid | PubAckReason::PayloadFormatInvalid => {
                self.settle(session, seq, Verdict::Parked);
                let why = match reason {
                    PubAckReason::NotAuthorized => "we may not write there: check the broker's rights",
                    PubAckReason::TopicNameInvalid => "it does not take the topic: check the topic prefix",
                    _ => "it does not take the format",
                };
                let text = format!(
                    "the broker {} refuses event {seq} on {topic}: {why}. It is kept and tried again at the next start",
                    self.settings.link.url
                );
                self.board.post_seldom(&topic, Severity::Error, Topic::Link, text);
            }
            reason => {
                self.counters.unsubscribed.fetch_add(1, Relaxed);
                if session.mutes.refused(&topic, seq, Instant::now(), random()) {
                    let why = match reason {
                        PubAckReason::NoMatchingSubscribers => "nobody subscribes to".to_owned(),
                        PubAckReason::QuotaExceeded => "the broker's quota is used up for".to_owned(),
                        reason => format!("the broker takes nothing ({reason:?}) on"),
                    };
                    let text = format!("{why} {topic}: its events are kept until that changes");
                    self.board
                        .post_seldom(&format!("muted {topic}"), Severity::Warning, Topic::Link, text);
                }
            }
        }
    }

    fn settle(&self, session: &Session, seq: u64, verdict: Verdict) {
        self.inbox.command(Command::Settle {
            seq,
            verdict,
            generation: session.generation,
        });
    }

    /// Waits for what is under way, says that we leave, and leaves.
    async fn goodbye(&self, link: &mut Link, session: &mut Session) {
        let CourierSettings {
            status_topic,
            device,
            boot,
            ..
        } = &self.settings;
        if !Self::word(link, session, status_topic, status("offline", device, boot)) {
            return;
        }
        let leave = async {
            while !session.window.is_empty() {
                if self.handle(link.next().await, session).is_err() {
                    return;
                }
            }
            if link.disconnect() {
                while !matches!(link.next().await, Some(LinkEvent::Lost(_)) | None) {}
            }
        };
        // Whether it worked or not: the broker publishes the will otherwise.
        let _ = timeout(GOODBYE, leave).await;
    }

    fn failure(&self, reason: &str) -> ConnectFailure {
        ConnectFailure {
            host: self.settings.link.url.to_string(),
            reason: reason.to_owned(),
        }
    }
}
