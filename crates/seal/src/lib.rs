//! Signed and encrypted envelopes for events: JWS inside JWE, and the keys for them.
//!
//! Beside them, in [`pki`], the certificates for the connections that they travel on.
//!
//! One set of algorithms, chosen because every stock JOSE library reads it: ES256 signatures inside
//! `ECDH-ES+A256KW` + `A256GCM` encryption, P-256 throughout, always JWE general JSON. Not for passwords, not for
//! files, and not for choosing algorithms at run time.

mod encoding;
mod envelope;
mod error;
mod file;
mod jwk;
mod keys;
mod open;
pub mod pki;
mod private;
mod recipients;
mod seal;
mod stamp;
mod trusted;

pub use error::{JwkProblem, KeyError};
pub use keys::{DeviceKey, DevicePublic, RecipientKey, RecipientPublic};
pub use open::{OpenError, Opener};
pub use private::{Exposure, PrivateError, read_private};
pub use recipients::Recipients;
pub use seal::{SealError, Sealer};
pub use trusted::TrustedDevices;
