//! From an event to the bytes that go out.

use std::time::{SystemTime, UNIX_EPOCH};

use josekit::{
    JoseError,
    jwe::{self, JweEncrypter, JweHeaderSet},
    jws::{self, JwsHeader},
};
use luchs_scene::Event;

use crate::{
    DeviceKey, KeyError, Recipients,
    envelope::{CONTENT_ENC, Claims, EVENT_TYPE, NESTED},
};

/// An event that could not be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// It cannot be written as JSON.
    #[error("event {seq} cannot be written as JSON: {source}")]
    Json {
        /// Its number.
        seq: u64,
        /// Why.
        source: serde_json::Error,
    },
    /// It is of another device than the signing key.
    #[error("event {seq} is of device {device}, but the signing key belongs to {signer}")]
    Device {
        /// Its number.
        seq: u64,
        /// Its device.
        device: luchs_scene::Name,
        /// The key's device.
        signer: luchs_scene::Name,
    },
    /// It could not be signed.
    #[error("event {seq} cannot be signed: {source}")]
    Sign {
        /// Its number.
        seq: u64,
        /// Why.
        source: JoseError,
    },
    /// It could not be encrypted.
    #[error("event {seq} cannot be encrypted: {source}")]
    Encrypt {
        /// Its number.
        seq: u64,
        /// Why.
        source: JoseError,
    },
}

/// Signs with the device's key and encrypts to all recipients.
#[derive(Debug)]
pub struct Sealer {
    key: DeviceKey,
    recipients: Recipients,
}

impl Sealer {
    /// A sealer for one device.
    pub fn new(key: DeviceKey, recipients: Recipients) -> Self {
        Self { key, recipients }
    }

    /// The device's key.
    pub fn key(&self) -> &DeviceKey {
        &self.key
    }

    /// The current recipients.
    pub fn recipients(&self) -> &Recipients {
        &self.recipients
    }

    /// See [`Recipients::refresh`].
    pub fn refresh(&mut self) -> Result<bool, KeyError> {
        self.recipients.refresh()
    }

    /// Seals `event` for `topic`: a JWS in compact form inside a JWE in general JSON form.
    pub fn seal(&self, event: &Event, topic: &str) -> Result<Vec<u8>, SealError> {
        let seq = event.seq;
        if event.device != *self.key.device() {
            return Err(SealError::Device {
                seq,
                device: event.device.clone(),
                signer: self.key.device().clone(),
            });
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let claims = Claims {
            iss: event.device.clone(),
            aud: self.recipients.keys().iter().map(|key| key.kid().to_owned()).collect(),
            topic: topic.to_owned(),
            iat: i64::try_from(now).unwrap_or(0),
            event,
        };
        let claims = serde_json::to_vec(&claims).map_err(|source| SealError::Json { seq, source })?;

        let mut header = JwsHeader::new();
        header.set_token_type(EVENT_TYPE);
        let signed = jws::serialize_compact(&claims, &header, self.key.signer())
            .map_err(|source| SealError::Sign { seq, source })?;

        let mut header = JweHeaderSet::new();
        header.set_content_encryption(CONTENT_ENC, true);
        header.set_content_type(NESTED, true);
        let recipients: Vec<(Option<&jwe::JweHeader>, &dyn JweEncrypter)> = self
            .recipients
            .keys()
            .iter()
            .map(|key| (None, &key.encrypter as &dyn JweEncrypter))
            .collect();
        let sealed = jwe::serialize_general_json(signed.as_bytes(), Some(&header), &recipients, None)
            .map_err(|source| SealError::Encrypt { seq, source })?;
        Ok(sealed.into_bytes())
    }
}
