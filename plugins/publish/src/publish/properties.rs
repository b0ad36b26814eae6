//! The properties of luchspublish.

use std::{path::PathBuf, sync::LazyLock, time::Duration};

use gst::{glib, prelude::*};
use luchs_analytics::lifecycle;
use luchs_delivery::{BrokerSettings, Retention};
use luchs_scene::Name;

/// What a user can set; the defaults of the properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) camera: Option<String>,
    pub(super) broker: Option<String>,
    pub(super) ca_file: Option<String>,
    pub(super) cert_file: Option<String>,
    pub(super) key_file: Option<String>,
    pub(super) recipients: Option<String>,
    pub(super) signing_key: Option<String>,
    pub(super) outbox: Option<String>,
    pub(super) topic_prefix: String,
    pub(super) client_id: Option<String>,
    pub(super) update_interval: u32,
    pub(super) end_after: u32,
    pub(super) drain_timeout: u32,
    pub(super) retention_bytes: u64,
    /// Seconds.
    pub(super) retention_age: u64,
}

impl Default for Settings {
    fn default() -> Self {
        let lifecycle = lifecycle::Settings::default();
        let retention = Retention::default();
        Self {
            camera: None,
            broker: None,
            ca_file: None,
            cert_file: None,
            key_file: None,
            recipients: None,
            signing_key: None,
            outbox: None,
            topic_prefix: "luchs".into(),
            client_id: None,
            update_interval: u32::try_from(lifecycle.update_interval_ms).unwrap_or(u32::MAX),
            end_after: u32::try_from(lifecycle.end_after_ms).unwrap_or(u32::MAX),
            drain_timeout: 5000,
            retention_bytes: retention.bytes,
            retention_age: retention.age.as_secs(),
        }
    }
}

/// A property that is missing or has a value that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Invalid {
    #[error("luchspublish needs the property “{property}”: {meaning}, for example {property}={example}")]
    Missing {
        property: &'static str,
        meaning: &'static str,
        example: &'static str,
    },
    #[error("property “camera”: {0}")]
    Camera(#[from] luchs_scene::name::NameError),
}

impl Settings {
    pub(super) fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            let default = Settings::default();
            let text = |name: &str, nick: &str, blurb: &str, default: Option<&str>| {
                glib::ParamSpecString::builder(name)
                    .nick(nick)
                    .blurb(blurb)
                    .default_value(default)
                    .mutable_ready()
                    .build()
            };
            let millis = |name: &str, nick: &str, blurb: &str, default: u32| {
                glib::ParamSpecUInt::builder(name)
                    .nick(nick)
                    .blurb(blurb)
                    .default_value(default)
                    .mutable_ready()
                    .build()
            };
            let whole = |name: &str, nick: &str, blurb: &str, most: u64, default: u64| {
                glib::ParamSpecUInt64::builder(name)
                    .nick(nick)
                    .blurb(blurb)
                    .minimum(1)
                    .maximum(most)
                    .default_value(default)
                    .mutable_ready()
                    .build()
            };
            vec![
                text(
                    "camera",
                    "Camera",
                    "Name of the camera, a level of the topic (required)",
                    None,
                ),
                text(
                    "broker",
                    "Broker",
                    "Where to deliver: mqtts://host[:port] (required)",
                    None,
                ),
                text(
                    "ca-file",
                    "CA file",
                    "PEM file with the authority that issued the broker's certificate (required)",
                    None,
                ),
                text(
                    "cert-file",
                    "Certificate file",
                    "PEM file with our TLS client certificate (required)",
                    None,
                ),
                text(
                    "key-file",
                    "Key file",
                    "PEM file with the private key of our certificate (required)",
                    None,
                ),
                text(
                    "recipients",
                    "Recipients",
                    "Folder with the public keys (JWK) of all who may read the events; watched while running (required)",
                    None,
                ),
                text(
                    "signing-key",
                    "Signing key",
                    "File with the device's private signing key (JWK); it names the device (required)",
                    None,
                ),
                text(
                    "outbox",
                    "Outbox",
                    "Database file of events that are not delivered yet; elements with equal settings share it (required)",
                    None,
                ),
                text(
                    "topic-prefix",
                    "Topic prefix",
                    "First level of all topics",
                    Some(&default.topic_prefix),
                ),
                text(
                    "client-id",
                    "Client id",
                    "MQTT client id; none: the device's name",
                    None,
                ),
                millis(
                    "update-interval",
                    "Update interval",
                    "Milliseconds between two updates of an object that stays in view; 0: every frame",
                    default.update_interval,
                ),
                millis(
                    "end-after",
                    "End after",
                    "Milliseconds without being seen after which an object has ended; must be longer than luchstrack's \
                     max-lost, or objects that it finds again begin anew",
                    default.end_after,
                ),
                millis(
                    "drain-timeout",
                    "Drain timeout",
                    "Milliseconds that the end of the stream waits for the broker to acknowledge this camera's events, \
                     except those that nobody subscribes to; what is not acknowledged then stays in the outbox. Only the \
                     end waits, not stopping",
                    default.drain_timeout,
                ),
                whole(
                    "retention-bytes",
                    "Retention bytes",
                    "Most bytes of sealed events that wait in the outbox. Beyond, updates of objects are given up first, the \
                     oldest ones before; what was lost is told as a gap",
                    1 << 40,
                    default.retention_bytes,
                ),
                whole(
                    "retention-age",
                    "Retention age",
                    "Seconds that an event waits in the outbox, and at the broker, before it is given up",
                    10 * 365 * 86_400,
                    default.retention_age,
                ),
                glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
                    .nick("Statistics")
                    .blurb(
                        "Frames, events-of-camera (made by this element), events of the outbox (submitted, sealed, acknowledged, pending, parked, dropped, \
                         unsubscribed), milliseconds from a frame's arrival to its events being on disk (commit-latency: \
                         average, p50, p99, max), connected and last-error; posted as an element message at the end of the \
                         stream, too",
                    )
                    .read_only()
                    .build(),
            ]
        });
        &PROPERTIES
    }

    /// Sets the property `name`; an error if the value is of another type.
    pub(super) fn set(
        &mut self,
        name: &str,
        value: &glib::Value,
    ) -> Result<(), glib::value::ValueTypeMismatchOrNoneError<glib::value::ValueTypeMismatchError>> {
        let text = || {
            value
                .get::<Option<String>>()
                .map(|text| text.filter(|text| !text.is_empty()))
        };
        let result = match name {
            "camera" => text().map(|text| self.camera = text),
            "broker" => text().map(|text| self.broker = text),
            "ca-file" => text().map(|text| self.ca_file = text),
            "cert-file" => text().map(|text| self.cert_file = text),
            "key-file" => text().map(|text| self.key_file = text),
            "recipients" => text().map(|text| self.recipients = text),
            "signing-key" => text().map(|text| self.signing_key = text),
            "outbox" => text().map(|text| self.outbox = text),
            "topic-prefix" => text().map(|text| self.topic_prefix = text.unwrap_or_default()),
            "client-id" => text().map(|text| self.client_id = text),
            "update-interval" => value.get().map(|millis| self.update_interval = millis),
            "end-after" => value.get().map(|millis| self.end_after = millis),
            "drain-timeout" => value.get().map(|millis| self.drain_timeout = millis),
            "retention-bytes" => value.get().map(|bytes| self.retention_bytes = bytes),
            "retention-age" => value.get().map(|seconds| self.retention_age = seconds),
            _ => Ok(()),
        };
        result.map_err(Into::into)
    }

    /// The value of `property`.
    pub(super) fn get(&self, property: &glib::ParamSpec) -> glib::Value {
        match property.name() {
            "camera" => self.camera.to_value(),
            "broker" => self.broker.to_value(),
            "ca-file" => self.ca_file.to_value(),
            "cert-file" => self.cert_file.to_value(),
            "key-file" => self.key_file.to_value(),
            "recipients" => self.recipients.to_value(),
            "signing-key" => self.signing_key.to_value(),
            "outbox" => self.outbox.to_value(),
            "topic-prefix" => self.topic_prefix.to_value(),
            "client-id" => self.client_id.to_value(),
            "update-interval" => self.update_interval.to_value(),
            "end-after" => self.end_after.to_value(),
            "drain-timeout" => self.drain_timeout.to_value(),
            "retention-bytes" => self.retention_bytes.to_value(),
            "retention-age" => self.retention_age.to_value(),
            _ => property.default_value().clone(),
        }
    }

    /// The camera's name.
    pub(super) fn camera(&self) -> Result<Name, Invalid> {
        let name = required(self.camera.as_ref(), "camera", "the camera's name in topics", "gate")?;
        Ok(name.parse()?)
    }

    /// What the delivery needs to know.
    pub(super) fn delivery(&self) -> Result<luchs_delivery::Settings, Invalid> {
        let path = |text: &Option<String>, property, meaning, example| {
            required(text.as_ref(), property, meaning, example).map(PathBuf::from)
        };
        let broker = BrokerSettings {
            url: required(
                self.broker.as_ref(),
                "broker",
                "where to deliver",
                "mqtts://broker.example:8883",
            )?
            .clone(),
            ca: path(
                &self.ca_file,
                "ca-file",
                "the authority that issued the broker's certificate",
                "ca.pem",
            )?,
            certificate: path(
                &self.cert_file,
                "cert-file",
                "our certificate, the broker lets nobody in without",
                "box.pem",
            )?,
            key: path(
                &self.key_file,
                "key-file",
                "the private key of our certificate",
                "box.key",
            )?,
            client_id: self.client_id.clone(),
        };
        let recipients = path(
            &self.recipients,
            "recipients",
            "the folder with the public keys of those who may read the events",
            "/etc/luchs/recipients",
        )?;
        let signing_key = path(
            &self.signing_key,
            "signing-key",
            "the device's signing key, from `luchs keys init`",
            "device.jwk",
        )?;
        let outbox = path(
            &self.outbox,
            "outbox",
            "where events wait to be delivered",
            "/var/lib/luchs/box.outbox",
        )?;
        let mut settings = luchs_delivery::Settings::new(signing_key, recipients, outbox, broker);
        settings.topic_prefix.clone_from(&self.topic_prefix);
        settings.retention = Retention {
            bytes: self.retention_bytes,
            age: Duration::from_secs(self.retention_age),
        };
        Ok(settings)
    }

    /// Whether what was opened with `self` is what `other` asks for.
    pub(super) fn same_desk(&self, other: &Self) -> bool {
        let key = |settings: &Self| Self {
            update_interval: 0,
            end_after: 0,
            drain_timeout: 0,
            ..settings.clone()
        };
        key(self) == key(other)
    }

    /// How often and how long objects are told about.
    pub(super) fn lifecycle(&self) -> lifecycle::Settings {
        lifecycle::Settings {
            update_interval_ms: u64::from(self.update_interval),
            end_after_ms: u64::from(self.end_after),
            ..lifecycle::Settings::default()
        }
    }
}

fn required<'a>(
    text: Option<&'a String>,
    property: &'static str,
    meaning: &'static str,
    example: &'static str,
) -> Result<&'a String, Invalid> {
    text.ok_or(Invalid::Missing {
        property,
        meaning,
        example,
    })
}
