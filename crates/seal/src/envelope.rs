//! What both sides agree on: names of algorithms and types, and the signed claims.

use luchs_scene::{Event, Name};
use serde::{Deserialize, Serialize};

/// How the content key reaches a recipient.
pub(crate) const KEY_ALG: &str = "ECDH-ES+A256KW";
/// How the content is encrypted.
pub(crate) const CONTENT_ENC: &str = "A256GCM";
/// How the content is signed.
pub(crate) const SIGN_ALG: &str = "ES256";
/// `typ` of the inner JWS. Explicit (RFC 8725, 3.11), so that no other token of the same key passes for an event.
pub(crate) const EVENT_TYPE: &str = "luchs-event+jwt";
/// `cty` of the outer JWE: a token is nested inside (RFC 7519, 5.2).
pub(crate) const NESTED: &str = "JWT";

/// What is signed. `boot`, `epoch`, `seq` and `id` are the event's own.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Claims<E = Event> {
    /// The device.
    pub(crate) iss: Name,
    /// Ids of all keys that it was encrypted to, against being passed on under another name.
    pub(crate) aud: Vec<String>,
    /// The topic that it was made for, against being moved.
    pub(crate) topic: String,
    /// When it was sealed, in seconds since 1970. Advisory: devices' clocks may be wrong.
    pub(crate) iat: i64,
    /// The event.
    pub(crate) event: E,
}
