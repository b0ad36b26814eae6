//! From the bytes that came in to an event that can be believed.
//!
//! Nothing of the input is used before it is checked: size, shape and algorithms first, then decryption, the
//! signature, and at last that the signed claims fit the key, the topic and the reader.

use josekit::{
    jwe::{JweContentEncryption, JweDecrypter, JweHeader, enc::aesgcm::AesgcmJweEncryption},
    jws::JwsVerifier,
};
use luchs_scene::{
    Event, Name,
    event::{Gap, Schema},
    printable,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    RecipientKey, TrustedDevices, encoding,
    envelope::{CONTENT_ENC, Claims, EVENT_TYPE, KEY_ALG, SIGN_ALG},
};

/// Beyond this a number is not the same in every language (RFC 8259, 6).
const SEQ_LIMIT: u64 = 1 << 53;

/// Why bytes were refused. Texts quote names and ids of keys, never content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// More bytes than an event can have.
    #[error("{size} bytes are more than the limit of {limit}")]
    TooLarge {
        /// Bytes.
        size: usize,
        /// Allowed.
        limit: usize,
    },
    /// No JSON object.
    #[error("this is no JSON object: not sealed by Luchs, or cut off")]
    NotJson,
    /// JSON, but no JWE in general form.
    #[error("this is no JWE in general JSON form: {0}")]
    NotEnvelope(&'static str),
    /// The content is compressed, which lets its length tell about it and its unpacking exhaust memory.
    #[error("compressed content (“zip”) is not accepted")]
    Compressed,
    /// A header that we would have to understand.
    #[error("critical headers (“crit”) are not accepted")]
    Critical,
    /// An encryption outside of the allow-list.
    #[error("content encryption “{0}” is not accepted, only A256GCM")]
    ContentEncryption(String),
    /// A key algorithm outside of the allow-list.
    #[error("key algorithm “{0}” is not accepted, only ECDH-ES+A256KW")]
    KeyAlgorithm(String),
    /// A recipient without a key id.
    #[error("a recipient of it has no key id")]
    RecipientWithoutId,
    /// Encrypted to others.
    #[error("it was not encrypted to our key {kid}")]
    NotForUs {
        /// Our key.
        kid: String,
    },
    /// Another key than it says, or changed on the way.
    #[error("it cannot be decrypted: changed on the way, or made for another key of the same id")]
    Undecryptable,
    /// What is inside is no JWS in compact form.
    #[error("its content is not signed")]
    Unsigned,
    /// A signature outside of the allow-list.
    #[error("signature algorithm “{0}” is not accepted, only ES256")]
    SignatureAlgorithm(String),
    /// A token made for something else.
    #[error("its content is of type “{0}”, not luchs-event+jwt")]
    Type(String),
    /// A signature without key id.
    #[error("its signature names no key")]
    SignerWithoutId,
    /// Signed by a key that is not trusted.
    #[error("it was signed by key {kid}, which is not among the trusted devices")]
    UnknownSigner {
        /// The key.
        kid: String,
    },
    /// The signature is wrong.
    #[error("its signature is not that of key {kid}")]
    BadSignature {
        /// The key.
        kid: String,
    },
    /// The signed content is not what we know.
    #[error("its content is not an event that this version can read")]
    Claims,
    /// A newer format.
    #[error("its format is “{0}”, which this version does not know: update the subscriber")]
    Schema(String),
    /// Signed by one device in the name of another.
    #[error("key of device {signer} signed in the name of {issuer}")]
    Issuer {
        /// The key's device.
        signer: Name,
        /// In whose name.
        issuer: Name,
    },
    /// Sent on another topic than it was made for.
    #[error("it was made for topic {made_for}, not for the one that it came on")]
    Topic {
        /// The signed topic.
        made_for: String,
    },
    /// Signed, but with numbers that no device gives.
    #[error("its number, or the gap that it tells of, cannot be: the device is faulty or its key is in wrong hands")]
    Numbers,
    /// Passed on: it was made for others and encrypted to us by someone else.
    #[error("it was not addressed to our key {kid}")]
    Audience {
        /// Our key.
        kid: String,
    },
}

/// Decrypts with one recipient's key, and believes the devices that it was told to.
#[derive(Clone, Debug)]
pub struct Opener {
    key: RecipientKey,
    trusted: TrustedDevices,
    limit: usize,
}

#[derive(Deserialize)]
struct Envelope {
    protected: String,
    #[serde(default)]
    unprotected: Map<String, Value>,
    recipients: Vec<Recipient>,
    iv: String,
    ciphertext: String,
    tag: String,
    #[serde(default)]
    aad: Option<String>,
}

#[derive(Deserialize)]
struct Recipient {
    #[serde(default)]
    header: Map<String, Value>,
    #[serde(default)]
    encrypted_key: String,
}

impl Opener {
    /// Larger than any event with dozens of recipients.
    pub const SIZE_LIMIT: usize = 64 * 1024;

    /// An opener that accepts up to 64 KiB.
    pub fn new(key: RecipientKey, trusted: TrustedDevices) -> Self {
        Self {
            key,
            trusted,
            limit: Self::SIZE_LIMIT,
        }
    }

    /// Accepts up to `limit` bytes.
    #[must_use]
    pub fn with_size_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Whom it believes.
    pub fn trusted(&self) -> &TrustedDevices {
        &self.trusted
    }

    /// Opens what came in on `topic`. An event that is given back was made by a trusted device, for this topic and
    /// this reader. It may be one that was seen before: see the ledger of `luchs-delivery`.
    pub fn open(&self, bytes: &[u8], topic: &str) -> Result<Event, OpenError> {
        if bytes.len() > self.limit {
            return Err(OpenError::TooLarge {
                size: bytes.len(),
                limit: self.limit,
            });
        }
        let signed = self.decrypt(bytes)?;
        let (signer, claims) = self.verify(&signed)?;
        self.check(signer, &claims, topic)
    }

    fn decrypt(&self, bytes: &[u8]) -> Result<Vec<u8>, OpenError> {
        // A list of the members' values would be read as well.
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(OpenError::NotJson);
        }
        let envelope: Envelope = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => OpenError::NotEnvelope("a member is missing or of a wrong type"),
            _ => OpenError::NotJson,
        })?;
        let protected = encoding::decode(&envelope.protected).and_then(|json| serde_json::from_slice(&json).ok());
        let Some(Value::Object(protected)) = protected else {
            return Err(OpenError::NotEnvelope("its protected header is not JSON"));
        };
        if envelope.aad.is_some() {
            return Err(OpenError::NotEnvelope("it has additional authenticated data"));
        }
        refuse_features(&protected)?;
        refuse_features(&envelope.unprotected)?;
        match protected.get("enc").and_then(Value::as_str) {
            Some(CONTENT_ENC) => {}
            other => return Err(OpenError::ContentEncryption(short(other.unwrap_or("none")))),
        }
        let ours = self.our_recipient(&envelope, &protected)?;

        let encrypted_key = sized(&ours.encrypted_key, Some(40)).ok_or(OpenError::Undecryptable)?;
        let iv = sized(&envelope.iv, Some(12)).ok_or(OpenError::Undecryptable)?;
        let tag = sized(&envelope.tag, Some(16)).ok_or(OpenError::Undecryptable)?;
        let ciphertext = sized(&envelope.ciphertext, None).ok_or(OpenError::Undecryptable)?;
        let header = JweHeader::from_map(ours.header.clone()).map_err(|_| OpenError::Undecryptable)?;
        let enc = AesgcmJweEncryption::A256gcm;
        let key = self.key.decrypter.decrypt(Some(&encrypted_key), &enc, &header);
        let key = zeroize::Zeroizing::new(key.map_err(|_| OpenError::Undecryptable)?.into_owned());
        enc.decrypt(&key, Some(&iv), &ciphertext, envelope.protected.as_bytes(), Some(&tag))
            .map_err(|_| OpenError::Undecryptable)
    }

    /// Our entry among the recipients. All entries must be such as we make, so that nobody is led to a weaker one.
    fn our_recipient<'a>(
        &self,
        envelope: &'a Envelope,
        protected: &Map<String, Value>,
    ) -> Result<&'a Recipient, OpenError> {
        let mut ours = None;
        if envelope.recipients.is_empty() {
            return Err(OpenError::NotEnvelope("it has no recipients"));
        }
        for recipient in &envelope.recipients {
            refuse_features(&recipient.header)?;
            for header in [&recipient.header, &envelope.unprotected, protected] {
                let alg = header.get("alg").map(|alg| alg.as_str().unwrap_or("none"));
                if let Some(alg) = alg.filter(|alg| *alg != KEY_ALG) {
                    return Err(OpenError::KeyAlgorithm(short(alg)));
                }
            }
            if recipient.header.get("alg").is_none() {
                return Err(OpenError::KeyAlgorithm("none".into()));
            }
            match recipient.header.get("kid").and_then(Value::as_str) {
                None => return Err(OpenError::RecipientWithoutId),
                Some(kid) if kid == self.key.kid() => ours = ours.or(Some(recipient)),
                Some(_) => {}
            }
        }
        ours.ok_or_else(|| OpenError::NotForUs {
            kid: self.key.kid().to_owned(),
        })
    }

    fn verify(&self, signed: &[u8]) -> Result<(&crate::DevicePublic, Vec<u8>), OpenError> {
        let signed = std::str::from_utf8(signed).map_err(|_| OpenError::Unsigned)?;
        let (input, signature) = signed.rsplit_once('.').ok_or(OpenError::Unsigned)?;
        let (header, payload) = input.split_once('.').ok_or(OpenError::Unsigned)?;
        let header = encoding::decode(header).and_then(|json| serde_json::from_slice(&json).ok());
        let Some(Value::Object(header)) = header else {
            return Err(OpenError::Unsigned);
        };

        refuse_features(&header)?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        match text("alg") {
            Some(SIGN_ALG) => {}
            other => return Err(OpenError::SignatureAlgorithm(short(other.unwrap_or("none")))),
        }
        match text("typ") {
            Some(EVENT_TYPE) => {}
            other => return Err(OpenError::Type(short(other.unwrap_or("none")))),
        }
        let kid = text("kid").ok_or(OpenError::SignerWithoutId)?;
        let signer = self
            .trusted
            .get(kid)
            .ok_or_else(|| OpenError::UnknownSigner { kid: short(kid) })?;
        let bad = || OpenError::BadSignature { kid: short(kid) };
        let signature = encoding::decode(signature).ok_or_else(bad)?;
        signer
            .verifier
            .verify(input.as_bytes(), &signature)
            .map_err(|_| bad())?;
        Ok((signer, encoding::decode(payload).ok_or(OpenError::Claims)?))
    }

    fn check(&self, signer: &crate::DevicePublic, claims: &[u8], topic: &str) -> Result<Event, OpenError> {
        let claims: Claims<Value> = serde_json::from_slice(claims).map_err(|_| OpenError::Claims)?;
        if serde_json::from_value::<Schema>(claims.event["schema"].clone()).is_err() {
            return Err(OpenError::Schema(short(
                claims.event["schema"].as_str().unwrap_or("none"),
            )));
        }
        let event: Event = serde_json::from_value(claims.event).map_err(|_| OpenError::Claims)?;
        for issuer in [&claims.iss, &event.device] {
            if issuer != signer.device() {
                return Err(OpenError::Issuer {
                    signer: signer.device().clone(),
                    issuer: issuer.clone(),
                });
            }
        }
        if claims.topic != topic || !is_topic_of(topic, &event) {
            return Err(OpenError::Topic {
                made_for: printable(&claims.topic.chars().take(200).collect::<String>()).into_owned(),
            });
        }
        if !claims.aud.iter().any(|kid| kid == self.key.kid()) {
            return Err(OpenError::Audience {
                kid: self.key.kid().to_owned(),
            });
        }
        if is_numbered(&event) {
            Ok(event)
        } else {
            Err(OpenError::Numbers)
        }
    }
}

/// Whether its number can be one, and whether it tells of numbers before its own only.
fn is_numbered(event: &Event) -> bool {
    let before = |gap: &Gap| 0 < gap.from_seq && gap.from_seq <= gap.to_seq && gap.to_seq < event.seq;
    (1..SEQ_LIMIT).contains(&event.seq) && event.gap.as_ref().is_none_or(before)
}

/// Whether `topic` is `<prefix>/<device>/<camera>/events` of the event, whatever the prefix.
fn is_topic_of(topic: &str, event: &Event) -> bool {
    let mut levels = topic.rsplit('/');
    let last = [levels.next(), levels.next(), levels.next()];
    last == [Some("events"), Some(event.camera.as_str()), Some(event.device.as_str())] && levels.next().is_some()
}

fn refuse_features(header: &Map<String, Value>) -> Result<(), OpenError> {
    if header.contains_key("zip") {
        return Err(OpenError::Compressed);
    }
    if header.contains_key("crit") {
        return Err(OpenError::Critical);
    }
    Ok(())
}

/// Checked here because the layers below may panic on other lengths.
fn sized(text: &str, length: Option<usize>) -> Option<Vec<u8>> {
    encoding::decode(text).filter(|bytes| length.is_none_or(|length| bytes.len() == length))
}

fn short(text: &str) -> String {
    printable(&text.chars().take(64).collect::<String>()).into_owned()
}
