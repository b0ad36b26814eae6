//! The way to the broker: MQTT 5 over TLS, with the server always verified.

mod link;
mod reason;
mod tls;
mod url;

pub(crate) use link::{Greeting, Link, LinkEvent, LinkOptions};
pub(crate) use reason::ConnectFailure;
pub(crate) use tls::Tls;
pub use tls::TlsError;
pub use url::{BrokerUrl, BrokerUrlError};
