//! The other side: what comes in on some topics, acknowledged only when it has been dealt with.

use std::{
    sync::mpsc as std_mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use rumqttc::v5::mqttbytes::v5::{Publish, SubscribeReasonCode};
use tokio::{
    runtime,
    sync::mpsc,
    time::{Instant, timeout},
};

use crate::{
    BrokerSettings, Notice, OpenError, Severity, Topic,
    backoff::{Backoff, random},
    delivery::check_client_id,
    mqtt::{BrokerUrl, ConnectFailure, Link, LinkEvent, LinkOptions, Tls},
};

const STABLE: Duration = Duration::from_secs(10);

/// What to subscribe to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionSettings {
    /// Where. The client id is part of the session: a subscriber keeps its own, and no two share one.
    pub broker: BrokerSettings,
    /// Topic filters, such as `luchs/+/+/events`.
    pub filters: Vec<String>,
    /// How long the broker keeps messages while we are away.
    pub session_expiry: Duration,
    /// Most messages that are handed out and not acknowledged yet.
    pub window: u16,
}

/// What comes out of a subscription.
#[derive(Debug)]
pub enum Incoming {
    /// A message. The broker sends it again until it is acknowledged.
    Message(Message),
    /// All filters are in place.
    Subscribed {
        /// Whether the broker kept messages for us since the last time.
        session_present: bool,
    },
    /// The connection's state has changed.
    Notice(Notice),
}

/// A message.
#[derive(Debug)]
pub struct Message {
    /// Its topic.
    pub topic: String,
    /// Its content.
    pub payload: Vec<u8>,
    /// Whether it was published before we subscribed.
    pub retained: bool,
    publish: Box<Publish>,
    connection: u64,
}

/// A subscription that outlives connections: it connects again, for as long as it exists, and the broker keeps what is
/// published meanwhile.
pub struct Subscription {
    incoming: std_mpsc::Receiver<Incoming>,
    orders: mpsc::UnboundedSender<Order>,
    thread: Option<JoinHandle<()>>,
}

enum Order {
    Ack(Box<Message>),
    Stop,
}

impl Subscription {
    /// Begins to connect.
    pub fn open(settings: SubscriptionSettings) -> Result<Self, OpenError> {
        let url: BrokerUrl = settings.broker.url.parse()?;
        let tls = Tls::new(&settings.broker)?;
        let client_id = settings.broker.client_id.unwrap_or_default();
        check_client_id(&client_id)?;
        if let Some(bad) = settings.filters.iter().find(|filter| !is_filter(filter)) {
            return Err(OpenError::Filter(bad.chars().take(80).collect()));
        }
        let (session_expiry, window) = (settings.session_expiry, settings.window.max(1));
        let link = LinkOptions {
            url,
            tls,
            client_id,
            session_expiry,
            window,
            will: None,
        };
        let (out, incoming) = std_mpsc::channel();
        let (orders, inner_orders) = mpsc::unbounded_channel();
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(OpenError::Thread)?;
        let reader = Reader {
            link,
            filters: settings.filters,
            out,
            orders: inner_orders,
            connections: 0,
        };
        let run = move || {
            runtime.block_on(reader.run());
            runtime.shutdown_timeout(Duration::from_millis(100));
        };
        let thread = thread::Builder::new()
            .name("luchs-subscriber".into())
            .spawn(run)
            .map_err(OpenError::Thread)?;
        Ok(Self {
            incoming,
            orders,
            thread: Some(thread),
        })
    }

    /// The next thing that comes in; None when nothing comes within `timeout`.
    pub fn next(&self, timeout: Duration) -> Option<Incoming> {
        self.incoming.recv_timeout(timeout).ok()
    }

    /// Tells the broker that a message has been dealt with. In the order they came, as MQTT demands.
    pub fn ack(&self, message: Message) {
        // When the thread is gone the broker will simply send it again.
        let _ = self.orders.send(Order::Ack(Box::new(message)));
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let _ = self.orders.send(Order::Stop);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the subscriber's thread ended with a panic");
        }
    }
}

struct Reader {
    link: LinkOptions,
    filters: Vec<String>,
    out: std_mpsc::Sender<Incoming>,
    orders: mpsc::UnboundedReceiver<Order>,
    connections: u64,
}

enum End {
    Stopped,
    Failed(ConnectFailure),
}

impl Reader {
    async fn run(mut self) {
        let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(15));
        let mut said = None;
        loop {
            self.connections += 1;
            let begun = Instant::now();
            let End::Failed(failure) = self.connection(&mut said).await else {
                return;
            };
            if begun.elapsed() >= STABLE {
                backoff.reset();
            }
            let wait = backoff.next(random());
            if said.as_ref() != Some(&failure) {
                let text = format!(
                    "no connection to the broker {failure}; next try in {:.1} s",
                    wait.as_secs_f32()
                );
                self.notice(Severity::Warning, text);
                said = Some(failure);
            }
            if self.pause(wait).await {
                return;
            }
        }
    }

    /// Waits; acknowledgements meanwhile are of no use to anyone. True if we are to stop.
    async fn pause(&mut self, wait: Duration) -> bool {
        let deadline = Instant::now() + wait;
        loop {
            match timeout(deadline - Instant::now(), self.orders.recv()).await {
                Ok(Some(Order::Ack(_))) => {}
                Ok(Some(Order::Stop) | None) => return true,
                Err(_) => return false,
            }
        }
    }

    async fn connection(&mut self, said: &mut Option<ConnectFailure>) -> End {
        // Certificates are renewed while we run.
        self.link.tls = self.link.tls.reloaded();
        let mut link = Link::open(&self.link);
        let (mut unanswered, mut accepted, mut session_present) = (self.filters.len(), true, false);
        // Messages that are not acknowledged yet. The broker was told how many there may be, and may not care.
        let mut handed_out = 0;
        loop {
            tokio::select! {
                event = link.next(), if handed_out < usize::from(self.link.window) => match event {
                    Some(LinkEvent::Connected(greeting)) => {
                        session_present = greeting.session_present;
                        // Also when the broker remembers us: our filters may have changed.
                        if !self.filters.iter().all(|filter| link.subscribe(filter)) {
                            return End::Failed(self.failure("the MQTT client stopped"));
                        }
                    }
                    Some(LinkEvent::Subscribed(codes)) => {
                        let refused = |code: &SubscribeReasonCode| !matches!(code, SubscribeReasonCode::Success(_));
                        if codes.iter().any(refused) {
                            accepted = false;
                            let text = format!("the broker refuses the subscription ({codes:?}): check its rights");
                            self.notice(Severity::Error, text);
                        }
                        unanswered = unanswered.saturating_sub(1);
                        if unanswered == 0 && accepted {
                            *said = None;
                            self.hand_out(Incoming::Subscribed { session_present });
                        }
                    }
                    Some(LinkEvent::Message(publish)) => {
                        handed_out += 1;
                        let topic = String::from_utf8_lossy(&publish.topic).into_owned();
                        let (payload, retained) = (publish.payload.to_vec(), publish.retain);
                        let (publish, connection) = (Box::new(publish), self.connections);
                        self.hand_out(Incoming::Message(Message { topic, payload, retained, publish, connection }));
                    }
                    Some(LinkEvent::Lost(failure)) => return End::Failed(failure),
                    Some(LinkEvent::Sent(_) | LinkEvent::Acked(..)) => {}
                    None => return End::Failed(self.failure("the MQTT client stopped")),
                },
                order = self.orders.recv() => match order {
                    Some(Order::Ack(message)) => {
                        // One of an earlier connection will be sent again, under another id.
                        if message.connection == self.connections {
                            handed_out -= 1;
                            if !link.ack(&message.publish) {
                                return End::Failed(self.failure("the MQTT client stopped"));
                            }
                        }
                    }
                    Some(Order::Stop) | None => {
                        if link.disconnect() {
                            let gone = async { while !matches!(link.next().await, Some(LinkEvent::Lost(_)) | None) {} };
                            // Whether it was heard or not, we leave.
                            let _ = timeout(Duration::from_secs(1), gone).await;
                        }
                        return End::Stopped;
                    }
                },
            }
        }
    }

    fn notice(&self, severity: Severity, text: String) {
        self.hand_out(Incoming::Notice(Notice {
            severity,
            topic: Topic::Link,
            text,
        }));
    }

    fn hand_out(&self, incoming: Incoming) {
        // The receiver is only gone when we are about to stop.
        let _ = self.out.send(incoming);
    }

    fn failure(&self, reason: &str) -> ConnectFailure {
        ConnectFailure {
            host: self.link.url.to_string(),
            reason: reason.to_owned(),
        }
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription")
    }
}

/// Levels without control characters; `#` alone and last, `+` alone.
fn is_filter(filter: &str) -> bool {
    let count = filter.split('/').count();
    let proper = |(at, level): (usize, &str)| match level {
        "#" => at + 1 == count,
        "+" => true,
        level => !level.contains(['#', '+']) && !level.chars().any(char::is_control),
    };
    !filter.is_empty() && filter.len() <= 1024 && filter.split('/').enumerate().all(proper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_checked_before_they_are_sent() {
        for good in ["luchs/+/+/events", "luchs/#", "#", "+", "luchs/box/gate/events", "/x"] {
            assert!(is_filter(good), "{good}");
        }
        for bad in ["", "luchs/#/x", "luchs/a+", "luchs/a#", "a\0b"] {
            assert!(!is_filter(bad), "{bad:?}");
        }
    }
}
