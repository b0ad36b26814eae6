//! What can be wrong with certificates and the files they are in.

use std::path::PathBuf;

use luchs_scene::{Name, Utc};
use openssl::error::ErrorStack;

use crate::KeyError;

/// A certificate, request, list or key that cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The file.
    #[error(transparent)]
    File(#[from] KeyError),
    /// A file that holds something else.
    #[error("{path} holds no {what}: it must be PEM text, “-----BEGIN {pem}-----”")]
    Content {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// How that begins.
        pem: &'static str,
    },
    /// The private key is another one's.
    #[error("the key {key} does not belong to the certificate {certificate}: they must be of one pair")]
    NotItsKey {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// No authority that we know vouches for it, or not for this use.
    #[error("{certificate} is not accepted with the authority {authority}: {reason}")]
    NotIssued {
        /// The certificate.
        certificate: PathBuf,
        /// The authority's certificate.
        authority: PathBuf,
        /// OpenSSL's words.
        reason: String,
    },
    /// Without a name that is fit to be an identity.
    #[error("{path} names nobody: its common name (CN) must be the device's or reader's name")]
    Nameless {
        /// The certificate or request.
        path: PathBuf,
    },
    /// Another name than it was to be for.
    #[error("{path} is for {found}, not for {wanted}")]
    OtherName {
        /// The certificate or request.
        path: PathBuf,
        /// Its name.
        found: Name,
        /// Whose it was to be.
        wanted: Name,
    },
    /// Who made the request does not have the private key.
    #[error("{path} is not signed with its own key: it is damaged, or someone else's")]
    Unproven {
        /// The request.
        path: PathBuf,
    },
    /// Too short, or of a kind that not everything here can use.
    #[error("{path} has a key of another kind: use EC P-256, P-384 or RSA with at least 3072 bits")]
    Kind {
        /// The request.
        path: PathBuf,
    },
    /// No certificate of this authority.
    #[error("{dir}: no certificate for “{wanted}” was issued here that is still valid; see: luchs keys list")]
    Unknown {
        /// The authority's folder.
        dir: PathBuf,
        /// What was looked for.
        wanted: String,
    },
    /// A list of revoked certificates that another authority made.
    #[error("{path} was not made by the authority {authority}")]
    OtherList {
        /// The list.
        path: PathBuf,
        /// The authority's certificate.
        authority: PathBuf,
    },
    /// An older list would bring revoked certificates back.
    #[error("{path} is of {found}, older than the list in use, of {current}: it would bring revoked certificates back")]
    OlderList {
        /// The list.
        path: PathBuf,
        /// When it was made.
        found: Utc,
        /// When the one in use was made.
        current: Utc,
    },
    /// A time that no certificate can have.
    #[error("a certificate cannot be valid for {0} days: give 1 to 36500")]
    Days(u32),
    /// OpenSSL refuses.
    #[error("cannot make or read a certificate: {0}")]
    OpenSsl(#[from] ErrorStack),
}
