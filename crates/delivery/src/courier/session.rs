//! One connection, from the broker's greeting to the first error or our goodbye.

use std::{
    collections::{HashMap, VecDeque},
    sync::atomic::Ordering::Relaxed,
    time::Duration,
};

use luchs_scene::event::{Condition, Status};
use rumqttc::v5::mqttbytes::v5::{PubAckReason, PublishProperties};
use tokio::{
    sync::{oneshot, watch},
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    mutes::{Mutes, Why},
    pace::Pace,
    run::{BEAT, Courier, Memory},
    statements::Stated,
    window::{Confusion, Parcel, Window},
};
use crate::{
    backoff::random,
    mqtt::{ConnectFailure, Greeting, Link, LinkEvent},
    notice::{Severity, Topic},
    outbox::{Command, Refusal, Row, Verdict},
    report,
};

mod stating;

/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long the broker may leave everything that is under way without an answer. The MQTT client notices a dead line by
/// itself only as long as it can write to it.
const SILENCE: Duration = Duration::from_secs(20);

/// Whether the broker lets us write our own topics. Some brokers close the connection on a word that they refuse; then
/// we do without, rather than never get to the events.
#[derive(Debug, Default)]
pub(super) struct Words {
    refused: bool,
    /// Connections in a row that broke over a word.
    broken: u32,
}

impl Words {
    fn wanted(&self) -> bool {
        !self.refused && self.broken < 3
    }
}

pub(super) struct Session<'a> {
    courier: &'a Courier,
    memory: &'a mut Memory,
    link: Link,
    greeting: Greeting,
    window: Window,
    pace: Pace,
    /// When the broker answered last, or when the first was sent that it could answer.
    heard: Instant,
    /// What is to be said of ourselves before any event, one at a time.
    words: VecDeque<(String, String)>,
    stated: Stated,
    /// The last thing that was sent is a statement, and there may be events: it is their turn, also where the broker
    /// takes one thing at a time.
    stating: bool,
    /// Topics of the events under way, and since when they are.
    topics: HashMap<u64, (String, Instant)>,
    /// Everything up to here was handed to the client, or is on a muted topic.
    cursor: u64,
    /// The highest number that was handed to the client.
    highest: u64,
    /// There may be more in the outbox.
    hungry: bool,
    generation: u64,
}

type Outcome<T = ()> = Result<T, ConnectFailure>;

impl<'a> Session<'a> {
    pub(super) fn new(courier: &'a Courier, link: Link, greeting: Greeting, memory: &'a mut Memory) -> Self {
        let settings = &courier.settings;
        let generation = courier.counters.generation.load(Relaxed);
        if memory.generation != generation {
            // Numbers mean something else, or someone wants everything to be tried again.
            (memory.generation, memory.careful) = (generation, 0);
            memory.mutes = Mutes::default();
            courier.counters.set_muted(Vec::new());
        }
        let mut words = VecDeque::new();
        if memory.words.wanted() {
            words.push_back((settings.status_topic.clone(), settings.status("online")));
            words.push_back((settings.key_topic.clone(), settings.key.clone()));
        }
        Self {
            courier,
            memory,
            link,
            greeting,
            window: Window::new(greeting.window),
            pace: Pace::new(greeting.window.into()),
            heard: Instant::now(),
            words,
            stated: Stated::default(),
            stating: false,
            topics: HashMap::new(),
            cursor: 0,
            highest: 0,
            hungry: true,
            generation,
        }
    }

    /// Sends until the connection fails; Ok when we are to stop.
    pub(super) async fn serve(&mut self, stop: &mut watch::Receiver<bool>) -> Outcome {
        while !*stop.borrow() {
            self.courier.beat();
            self.speak()?;
            self.state()?;
            self.fill().await?;
            self.stating &= self.hungry;
            self.state()?;
            let probe = self.memory.mutes.next_probe().filter(|_| self.room() > 0);
            let probe_due = async {
                match probe {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let held_back = self.memory.refusals.next(Instant::now());
            let statement_due = async {
                match held_back {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let silent = !self.window.is_empty();
            tokio::select! {
                event = self.link.next() => self.handle(event)?,
                () = sleep_until(self.heard + SILENCE), if silent => {
                    let text = format!("it has not answered for {} s", SILENCE.as_secs());
                    return Err(self.courier.failure(&text));
                }
                () = self.courier.news.notified() => {
                    self.hungry = true;
                    if self.generation != self.courier.counters.generation.load(Relaxed) {
                        return Err(self.courier.failure("the outbox was replaced, or events in it released; the connection is made anew"));
                    }
                }
                () = probe_due => self.probe().await?,
                () = statement_due => {}
                () = sleep(BEAT) => {}
                _ = stop.changed() => {}
            }
        }
        Ok(())
    }

    /// After a failure: what the next connection should know.
    pub(super) fn remember(&mut self) {
        self.memory.careful = self.window.last_event().unwrap_or(0);
        if self.window.has_word() {
            self.memory.words.broken += 1;
        }
        self.remember_statements();
    }

    /// How many events may be sent now.
    fn room(&self) -> usize {
        let room = self
            .window
            .room()
            .min(self.pace.limit().saturating_sub(self.window.events()));
        if !self.words.is_empty() || self.window.has_word() {
            0
        } else if self.cursor < self.memory.careful {
            // Alone, so that the answer to it is not lost among others when the broker hangs up.
            usize::from(self.window.is_empty())
        } else {
            room
        }
    }

    /// Says the next word, if nothing is under way.
    fn speak(&mut self) -> Outcome {
        if self.window.is_empty()
            && let Some((topic, text)) = self.words.pop_front()
        {
            self.word(&topic, text)?;
        }
        Ok(())
    }

    /// Sends pending events until the window is full or nothing is left.
    async fn fill(&mut self) -> Outcome {
        // Not for every single place that becomes free.
        while self.hungry && self.room() > 0 && self.window.events() <= self.pace.limit() / 2 {
            let (reply, answer) = oneshot::channel();
            // Some of what comes may be under way already, when the cursor was set back.
            let under_way = if self.cursor < self.highest {
                self.window.events()
            } else {
                0
            };
            let limit = self.room() + under_way;
            let (after, except) = (self.cursor, self.memory.mutes.topics());
            self.courier.inbox.command(Command::Fetch {
                after,
                except,
                limit,
                reply,
            });
            let rows = answer
                .await
                .map_err(|_| self.courier.failure("the outbox was closed"))?;
            self.hungry = rows.len() == limit;
            for row in rows {
                if self.room() == 0 {
                    self.hungry = true;
                    break;
                }
                self.cursor = row.seq;
                self.highest = self.highest.max(row.seq);
                if !self.window.contains(row.seq) {
                    self.send(row)?;
                }
            }
        }
        Ok(())
    }

    /// Tries the topics that are due again with their oldest event each.
    async fn probe(&mut self) -> Outcome {
        while self.room() > 0
            && let Some((topic, parked)) = self.memory.mutes.due(Instant::now())
        {
            if parked {
                self.courier.inbox.command(Command::Unpark);
                // Also on other topics.
                self.cursor = 0;
                self.hungry = true;
            }
            let (reply, answer) = oneshot::channel();
            self.courier.inbox.command(Command::Oldest {
                topic: topic.clone(),
                reply,
            });
            let row = answer
                .await
                .map_err(|_| self.courier.failure("the outbox was closed"))?;
            let Some(row) = row else {
                self.memory.mutes.postpone(&topic, Instant::now(), random());
                self.tell_muted();
                continue;
            };
            self.memory.mutes.probing(&topic, row.seq);
            // If it is under way already, its answer will tell.
            if !self.window.contains(row.seq) {
                self.send(row)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, row: Row) -> Outcome {
        let Row {
            seq,
            topic,
            payload,
            created,
        } = row;
        if !self.greeting.takes(&topic, &payload) {
            let (size, limit) = (payload.len(), self.greeting.max_packet.unwrap_or(0));
            let text = format!(
                "event {seq} of {size} bytes is larger than the broker takes ({limit} bytes) and was put aside until \
                 the next start: raise the broker's max_packet_size"
            );
            self.settle(seq, Verdict::Parked(Refusal::TooLarge));
            self.memory.mutes.skipped(&topic, seq, Instant::now());
            self.alarm("too large", &topic, text);
            return Ok(());
        }
        let age = self.courier.clock.now_ms().saturating_sub(created) / 1000;
        let left = self.courier.settings.max_age.as_secs();
        let left = left.saturating_sub(u64::try_from(age).unwrap_or(0));
        let properties = PublishProperties {
            content_type: Some("application/jose+json".into()),
            // At least a minute: our clock may have been wrong when the event was made.
            message_expiry_interval: u32::try_from(left.max(60)).ok(),
            ..PublishProperties::default()
        };
        if !self.link.publish(&topic, false, payload, properties) {
            return Err(self.gone());
        }
        self.stating = false;
        self.queue(Parcel::Event(seq));
        self.topics.insert(seq, (topic, Instant::now()));
        Ok(())
    }

    /// Publishes a text of ours.
    fn word(&mut self, topic: &str, text: String) -> Outcome {
        if !self.publish_retained(topic, text.into_bytes()) {
            return Err(self.gone());
        }
        self.queue(Parcel::Word);
        Ok(())
    }

    fn publish_retained(&self, topic: &str, payload: Vec<u8>) -> bool {
        let json = payload.starts_with(b"{") || payload.starts_with(b"[");
        let properties = PublishProperties {
            content_type: json.then(|| "application/json".into()),
            ..PublishProperties::default()
        };
        self.link.publish(topic, true, payload, properties)
    }

    fn queue(&mut self, parcel: Parcel) {
        if self.window.is_empty() {
            self.heard = Instant::now();
        }
        self.window.queue(parcel);
    }

    fn handle(&mut self, event: Option<LinkEvent>) -> Outcome {
        let confused = |confusion: Confusion| self.courier.failure(&confusion.to_string());
        match event {
            Some(LinkEvent::Sent(packet)) => self.window.sent(packet).map_err(confused),
            Some(LinkEvent::Acked(packet, reason)) => {
                self.heard = Instant::now();
                match self.window.answered(packet).map_err(confused)? {
                    Parcel::Event(seq) => self.answered(seq, reason),
                    Parcel::Word => self.word_answered(reason),
                    Parcel::Statement(version) => self.statement_answered(version, reason),
                }
                Ok(())
            }
            Some(LinkEvent::Lost(failure)) => Err(failure),
            Some(LinkEvent::Connected(_) | LinkEvent::Subscribed(_) | LinkEvent::Message(_)) => Ok(()),
            None => Err(self.gone()),
        }
    }

    fn word_answered(&mut self, reason: PubAckReason) {
        if reason != PubAckReason::NotAuthorized {
            self.memory.words.broken = 0;
            return;
        }
        self.memory.words.refused = true;
        self.words.clear();
        let text = format!(
            "the broker {} does not let us write {}, so nobody sees whether this device is there: check the broker's \
             rights",
            self.courier.settings.link.url, self.courier.settings.status_topic
        );
        self.courier
            .board
            .post_seldom("status", Severity::Warning, Topic::Link, text);
    }

    fn answered(&mut self, seq: u64, reason: PubAckReason) {
        let Some((topic, since)) = self.topics.remove(&seq) else {
            return;
        };
        self.pace.answered(since.elapsed());
        match reason {
            PubAckReason::Success => {
                self.settle(seq, Verdict::Acknowledged);
                match self.memory.mutes.accepted(&topic) {
                    None => return,
                    Some(Why::Denied) => {
                        self.courier.inbox.command(Command::Unpark);
                        let text = format!("the broker takes events on {topic} again");
                        self.courier.board.post(Severity::Info, Topic::Link, text.clone());
                        self.tell(&topic, Condition::EventsAccepted, text);
                    }
                    Some(Why::Unwanted) => {}
                }
                self.tell_muted();
                // Back to the oldest of that topic.
                self.cursor = 0;
                self.hungry = true;
            }
            // That says something of this event only: the others go on.
            PubAckReason::PayloadFormatInvalid => {
                self.settle(seq, Verdict::Parked(Refusal::FormatInvalid));
                let text = format!(
                    "the broker {} does not take the format of event {seq} on {topic}: it was put aside until the next \
                     start; check what the broker examines",
                    self.courier.settings.link.url
                );
                self.alarm("format", &topic, text);
                if self.memory.mutes.accepted(&topic).is_some() {
                    self.tell_muted();
                    self.cursor = 0;
                    self.hungry = true;
                }
            }
            PubAckReason::NotAuthorized | PubAckReason::TopicNameInvalid => {
                let (refusal, why) = match reason {
                    PubAckReason::NotAuthorized => (
                        Refusal::NotAuthorized,
                        "we may not write there: check the broker's rights",
                    ),
                    _ => (
                        Refusal::TopicInvalid,
                        "it does not take the topic: check the topic prefix",
                    ),
                };
                self.settle(seq, Verdict::Parked(refusal));
                let text = format!(
                    "the broker {} refuses event {seq} on {topic}: {why}. The events there are kept, and one is tried \
                     every few minutes",
                    self.courier.settings.link.url
                );
                let now = Instant::now();
                if self.memory.mutes.refused(&topic, seq, Why::Denied, now, random()) {
                    self.tell(&topic, Condition::EventsRefused, text.clone());
                }
                self.courier
                    .board
                    .post_seldom(&topic, Severity::Error, Topic::Link, text);
                self.tell_muted();
            }
            reason => {
                self.courier.counters.unsubscribed.fetch_add(1, Relaxed);
                if self
                    .memory
                    .mutes
                    .refused(&topic, seq, Why::Unwanted, Instant::now(), random())
                {
                    self.tell_muted();
                    let why = match reason {
                        PubAckReason::NoMatchingSubscribers => "nobody subscribes to".to_owned(),
                        PubAckReason::QuotaExceeded => "the broker's quota is used up for".to_owned(),
                        reason => format!("the broker takes nothing ({reason:?}) on"),
                    };
                    let text = format!("{why} {topic}: its events are kept until that changes");
                    self.courier
                        .board
                        .post_seldom(&format!("mute {topic}"), Severity::Warning, Topic::Link, text);
                }
            }
        }
    }

    /// An event was put aside. Said once in a while, to people here and to subscribers.
    fn alarm(&self, matter: &str, topic: &str, text: String) {
        let board = &self.courier.board;
        if board.post_seldom(matter, Severity::Error, Topic::Link, text.clone()) {
            self.tell(topic, Condition::EventsRefused, text);
        }
    }

    /// As an event of the camera that `topic` belongs to: `<prefix>/<device>/<camera>/events`.
    fn tell(&self, topic: &str, condition: Condition, text: String) {
        if let Some(Ok(camera)) = topic.rsplit('/').nth(1).map(str::parse) {
            let status = Status { condition, text };
            report::tell(&self.courier.inbox, &self.courier.counters, &camera, status);
        }
    }

    /// Lets those know who wait for acknowledgements.
    fn tell_muted(&self) {
        self.courier.counters.set_muted(self.memory.mutes.topics());
    }

    fn settle(&self, seq: u64, verdict: Verdict) {
        self.courier.inbox.command(Command::Settle {
            seq,
            verdict,
            generation: self.generation,
        });
    }

    /// Waits for what is under way, says that we leave, and leaves.
    pub(super) async fn goodbye(&mut self) {
        let leave = async {
            self.state_the_rest()?;
            if self.memory.words.wanted() {
                let (topic, text) = (
                    self.courier.settings.status_topic.clone(),
                    self.courier.settings.status("offline"),
                );
                self.word(&topic, text)?;
            }
            while !self.window.is_empty() {
                let event = self.link.next().await;
                self.handle(event)?;
            }
            if self.link.disconnect() {
                while !matches!(self.link.next().await, Some(LinkEvent::Lost(_)) | None) {}
            }
            Outcome::Ok(())
        };
        // Whether it worked or not: the broker publishes the will otherwise.
        let _ = timeout(GOODBYE, leave).await;
    }

    fn gone(&mut self) -> ConnectFailure {
        self.link
            .failure()
            .unwrap_or_else(|| self.courier.failure("the MQTT client stopped"))
    }
}
