//! A site, its readers, and someone at the broker who can send anything.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use luchs_fuzz::forge::Forge;
use luchs_scene::{Event, event::Stamp};
use luchs_tests::{Site, publisher, site::DEVICE};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const TOPIC: &str = "luchs/box-1/gate/events";

pub(crate) struct Scene {
    pub(crate) site: Site,
    pub(crate) folder: TempDir,
    /// Signs as the device and encrypts to the reader.
    pub(crate) forge: Forge,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let site = Site::new().unwrap();
        let read = |name: &str| std::fs::read_to_string(site.file(name)).unwrap();
        let forge = Forge::new(&read("device/device.jwk"), &read("viewer/recipient.pub.jwk"));
        Self {
            forge,
            folder: tempfile::tempdir().unwrap(),
            site,
        }
    }

    /// The event number `seq` of camera `gate`.
    pub(crate) fn event(seq: u64) -> Value {
        let event: Event = publisher::draft(seq).unwrap().stamped(Stamp {
            id: Uuid::from_u128(seq.into()),
            device: DEVICE.parse().unwrap(),
            boot: Uuid::from_u128(8),
            epoch: Uuid::from_u128(9),
            seq,
        });
        serde_json::to_value(event).unwrap()
    }

    /// The claims of event `seq` as the device makes them.
    pub(crate) fn claims(&self, seq: u64) -> Value {
        json!({"iss": DEVICE, "aud": [self.forge.kid], "topic": TOPIC, "iat": 1, "event": Self::event(seq)})
    }

    /// The signed token of these claims.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.forge
            .token(&self.forge.token_header(), claims.to_string().as_bytes())
    }

    /// Event `seq`, properly signed and encrypted.
    pub(crate) fn sealed(&self, seq: u64) -> Vec<u8> {
        self.wrapped(self.token(&self.claims(seq)).as_bytes())
    }

    /// Any content, properly encrypted.
    pub(crate) fn wrapped(&self, content: &[u8]) -> Vec<u8> {
        self.forge
            .envelope(&Forge::protected(), content)
            .to_string()
            .into_bytes()
    }

    /// Sends one message with the device's certificate.
    pub(crate) fn publish(&self, topic: &str, payload: &[u8]) {
        self.mosquitto_pub(topic, "-s", payload);
    }

    /// Sends many messages without line breaks over one connection.
    pub(crate) fn publish_lines(&self, topic: &str, payloads: &[Vec<u8>]) {
        self.mosquitto_pub(topic, "-l", &[payloads.join(&b'\n'), b"\n".to_vec()].concat());
    }

    fn mosquitto_pub(&self, topic: &str, how: &str, input: &[u8]) {
        let mut publisher = Command::new("mosquitto_pub")
            .args([
                "-V",
                "5",
                "-h",
                "127.0.0.1",
                "-q",
                "1",
                "-p",
                &self.site.broker.port().to_string(),
                "-t",
                topic,
                how,
            ])
            .arg("--cafile")
            .arg(self.site.pki.ca_file())
            .arg("--cert")
            .arg(&self.site.device.certificate)
            .arg("--key")
            .arg(&self.site.device.key)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        publisher.stdin.take().unwrap().write_all(input).unwrap();
        assert!(publisher.wait().unwrap().success());
    }
}
