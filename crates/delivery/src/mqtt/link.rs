//! One connection, used until its first error and then thrown away with everything in it.
//!
//! The client is never a queue: rumqttc forgets what it holds, without a word, when a broker comes back without its
//! session. So it reconnects nothing here, and a second error cannot hide in a retry.

use std::time::Duration;

use rumqttc::{
    NetworkOptions, Outgoing, TlsConfiguration, Transport,
    v5::{
        AsyncClient, Event, EventLoop, Incoming, MqttOptions,
        mqttbytes::{
            QoS,
            v5::{LastWill, LastWillProperties, PubAckReason, Publish, PublishProperties, SubscribeReasonCode},
        },
    },
};
use tokio::{sync::mpsc, task::JoinHandle};

use super::{BrokerUrl, ConnectFailure, Tls};

/// Until there is a TCP connection, TLS, and the broker's answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// A connection that is made anew within this time was never gone, as far as others can see.
const WILL_DELAY: Duration = Duration::from_secs(10);
/// The largest packet that we take.
const INCOMING_LIMIT: u32 = 256 * 1024;
/// Topic length, packet ids, properties: what a packet has besides topic and payload.
const PACKET_OVERHEAD: usize = 128;

/// How to connect.
#[derive(Clone)]
pub(crate) struct LinkOptions {
    pub(crate) url: BrokerUrl,
    pub(crate) tls: Tls,
    pub(crate) client_id: String,
    pub(crate) session_expiry: Duration,
    /// Most messages under way in either direction.
    pub(crate) window: u16,
    /// Topic and text that the broker publishes, retained, when we vanish.
    pub(crate) will: Option<(String, String)>,
}

/// What the broker said on connecting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Greeting {
    /// Whether it remembers us.
    pub(crate) session_present: bool,
    /// Most messages that it takes at a time.
    pub(crate) window: u16,
    /// Largest packet that it takes.
    pub(crate) max_packet: Option<u32>,
}

/// What happens on a connection.
#[derive(Debug)]
pub(crate) enum LinkEvent {
    Connected(Greeting),
    /// The next of our publishes, in the order they were queued, has this packet id.
    Sent(u16),
    /// The publish of this packet id was answered.
    Acked(u16, PubAckReason),
    Subscribed(Vec<SubscribeReasonCode>),
    Message(Publish),
    /// The last event.
    Lost(ConnectFailure),
}

/// A connection that is being made or used. Dropping it ends it at once.
pub(crate) struct Link {
    client: AsyncClient,
    events: mpsc::Receiver<LinkEvent>,
    driver: JoinHandle<()>,
}

impl Link {
    /// Begins to connect.
    pub(crate) fn open(options: &LinkOptions) -> Self {
        let mut mqtt = MqttOptions::new(&options.client_id, &options.url.host, options.url.port);
        let connector = TlsConfiguration::NativeConnector(options.tls.connector.clone());
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        network.set_connection_timeout(CONNECT_TIMEOUT.as_secs());
        mqtt.set_transport(Transport::tls_with_config(connector))
            .set_keep_alive(KEEP_ALIVE)
            .set_connection_timeout(CONNECT_TIMEOUT.as_secs())
            .set_clean_start(false)
            .set_manual_acks(true)
            .set_outgoing_inflight_upper_limit(options.window)
            .set_session_expiry_interval(Some(
                u32::try_from(options.session_expiry.as_secs()).unwrap_or(u32::MAX),
            ))
            .set_receive_maximum(Some(options.window))
            .set_max_packet_size(Some(INCOMING_LIMIT))
            .set_network_options(network);
        if let Some((topic, text)) = &options.will {
            let properties = LastWillProperties {
                delay_interval: u32::try_from(WILL_DELAY.as_secs()).ok(),
                payload_format_indicator: None,
                message_expiry_interval: None,
                content_type: Some("application/json".into()),
                response_topic: None,
                correlation_data: None,
                user_properties: Vec::new(),
            };
            let will = LastWill::new(topic, text.as_bytes(), QoS::AtLeastOnce, true, Some(properties));
            mqtt.set_last_will(will);
        }
        // Room for an answer to every packet id there is: never filled, so nothing ever waits in it.
        let (client, eventloop) = AsyncClient::new(mqtt, usize::from(u16::MAX) + 16);
        // Each of our publishes is sent and answered. Beyond that, whoever sends us more than we read has to wait.
        let (sender, events) = mpsc::channel(2 * usize::from(options.window) + 16);
        let (url, tls, window) = (options.url.clone(), options.tls.clone(), options.window);
        let driver = tokio::spawn(drive(eventloop, sender, url, tls, window));
        Self { client, events, driver }
    }

    /// The next event; None after the last one.
    pub(crate) async fn next(&mut self) -> Option<LinkEvent> {
        self.events.recv().await
    }

    /// Queues a publish at `QoS` 1; false if the connection is gone.
    pub(crate) fn publish(&self, topic: &str, retain: bool, payload: Vec<u8>, properties: PublishProperties) -> bool {
        self.client
            .try_publish_with_properties(topic, QoS::AtLeastOnce, retain, payload, properties)
            .is_ok()
    }

    pub(crate) fn subscribe(&self, filter: &str) -> bool {
        self.client.try_subscribe(filter, QoS::AtLeastOnce).is_ok()
    }

    pub(crate) fn ack(&self, message: &Publish) -> bool {
        self.client.try_ack(message).is_ok()
    }

    /// Why the connection is gone, once it is. What else had come in is forgotten.
    pub(crate) fn failure(&mut self) -> Option<ConnectFailure> {
        while let Ok(event) = self.events.try_recv() {
            if let LinkEvent::Lost(failure) = event {
                return Some(failure);
            }
        }
        None
    }

    /// Says goodbye: the broker then does not publish the will.
    pub(crate) fn disconnect(&self) -> bool {
        self.client.try_disconnect().is_ok()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Greeting {
    /// Whether the broker takes a publish of this size.
    pub(crate) fn takes(&self, topic: &str, payload: &[u8]) -> bool {
        let size = topic.len() + payload.len() + PACKET_OVERHEAD;
        self.max_packet.is_none_or(|limit| size <= limit as usize)
    }
}

/// Polls in a task of its own: a poll that is cancelled half-way may lose a packet.
async fn drive(mut eventloop: EventLoop, events: mpsc::Sender<LinkEvent>, url: BrokerUrl, tls: Tls, window: u16) {
    let failure = |reason: &str| ConnectFailure {
        host: url.to_string(),
        reason: reason.to_owned(),
    };
    let mut greeted = false;
    loop {
        let event = match eventloop.poll().await {
            Ok(Event::Incoming(Incoming::ConnAck(ack))) => {
                greeted = true;
                let properties = ack.properties.as_ref();
                LinkEvent::Connected(Greeting {
                    session_present: ack.session_present,
                    window: properties.and_then(|p| p.receive_max).unwrap_or(u16::MAX).min(window),
                    max_packet: properties.and_then(|p| p.max_packet_size),
                })
            }
            Ok(Event::Incoming(Incoming::PubAck(ack))) => LinkEvent::Acked(ack.pkid, ack.reason),
            Ok(Event::Incoming(Incoming::SubAck(ack))) => LinkEvent::Subscribed(ack.return_codes),
            // Nobody sends these again, so no event ever comes in this way: they could only fill our memory.
            Ok(Event::Incoming(Incoming::Publish(message))) if message.qos == QoS::AtMostOnce => continue,
            Ok(Event::Incoming(Incoming::Publish(message))) => LinkEvent::Message(message),
            Ok(Event::Outgoing(Outgoing::Publish(packet))) => LinkEvent::Sent(packet),
            // A packet id that is still in use: acknowledgements out of order. rumqttc may never recover from it.
            Ok(Event::Outgoing(Outgoing::AwaitAck(_))) => {
                LinkEvent::Lost(failure("it acknowledges out of order; the connection is made anew"))
            }
            Ok(Event::Outgoing(Outgoing::Disconnect)) => LinkEvent::Lost(failure("we said goodbye")),
            Ok(_) => continue,
            Err(error) => LinkEvent::Lost(ConnectFailure::new(&error, &url, &tls, greeted)),
        };
        let last = matches!(event, LinkEvent::Lost(_));
        if events.send(event).await.is_err() || last {
            return;
        }
    }
}
