//! Identities for the connections: certificates of a site's own authority, or of an outside one.
//!
//! Always P-256 with SHA-256; the common name is the identity, which the broker takes for the user's name. These keys
//! have nothing to do with those of events: whoever controls the connections still reads nothing.

mod address;
mod authority;
mod certificate;
mod error;
mod private_key;
mod request;
mod revocations;

pub use address::{Address, AddressError, Usage};
pub use authority::{Authority, Issued, Validity};
pub use certificate::Certificate;
pub use error::PkiError;
pub use private_key::PrivateKey;
pub use request::Request;
pub use revocations::Revocations;
