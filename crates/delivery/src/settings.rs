//! What a delivery needs to know.

use std::{path::PathBuf, time::Duration};

/// Everything about one device's delivery. Equal settings are required of all who share an outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// File with the device's private signing key; the key names the device.
    pub signing_key: PathBuf,
    /// Folder with the recipients' public keys.
    pub recipients: PathBuf,
    /// The database of events that are not delivered yet. Its folder is created.
    pub outbox: PathBuf,
    /// Where to.
    pub broker: BrokerSettings,
    /// First level of all topics.
    pub topic_prefix: String,
    /// How much is kept while the broker cannot be reached.
    pub retention: Retention,
    /// How much is kept of what was acknowledged.
    pub replay: Replay,
    /// Most events under way at a time; the broker may allow fewer.
    pub window: u16,
    /// Most events held in memory while the outbox cannot be written.
    pub memory: usize,
}

/// How to reach and trust a broker. The server is always verified, there is no way to turn that off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerSettings {
    /// `mqtts://host[:port]`.
    pub url: String,
    /// PEM file with the authority that issued the broker's certificate. No other authority is trusted.
    pub ca: PathBuf,
    /// PEM file with our certificate, followed by its chain.
    pub certificate: PathBuf,
    /// PEM file with the private key of our certificate.
    pub key: PathBuf,
    /// MQTT client id; two clients of the same id throw each other out. None: the device's name.
    pub client_id: Option<String>,
}

/// Limits of what waits in the outbox. Beyond either, the oldest events are dropped, counted, and announced as a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Bytes of sealed events.
    pub bytes: u64,
    /// Age.
    pub age: Duration,
}

/// How long acknowledged events are kept to be sent again when the broker turns out to have lost its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Time since the acknowledgement, while connected.
    pub age: Duration,
    /// Number of events.
    pub count: u64,
    /// Bytes of sealed events.
    pub bytes: u64,
}

impl Settings {
    /// Default limits and the topic prefix `luchs`.
    pub fn new(signing_key: PathBuf, recipients: PathBuf, outbox: PathBuf, broker: BrokerSettings) -> Self {
        Self {
            signing_key,
            recipients,
            outbox,
            broker,
            topic_prefix: "luchs".into(),
            retention: Retention::default(),
            replay: Replay::default(),
            window: 50,
            memory: 10_000,
        }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            bytes: 256 * 1024 * 1024,
            age: Duration::from_hours(7 * 24),
        }
    }
}

impl Default for Replay {
    fn default() -> Self {
        Self {
            age: Duration::from_mins(10),
            count: 10_000,
            bytes: 32 * 1024 * 1024,
        }
    }
}
