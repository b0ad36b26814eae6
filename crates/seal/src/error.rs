//! What can be wrong with keys and the files they are in.

use std::{io, path::PathBuf};

use crate::Exposure;

/// A key file or folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key would have been overwritten.
    #[error("{path} exists already: move it away first, keys are never overwritten")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Others on this machine can read a private key.
    #[error(transparent)]
    Exposed(Exposure),
    /// Others on this machine can add recipients or devices.
    #[error(
        "{path} can be changed by others (user {owner}, mode {mode:04o}), who could so decide who reads or who is believed: \
         run `chmod go-w {path}`, and make it yours or root's"
    )]
    Changeable {
        /// The folder, or a file in it.
        path: PathBuf,
        /// Whose it is, by number.
        owner: u32,
        /// Its permissions.
        mode: u32,
    },
    /// The key in it cannot be used.
    #[error("{path}: {problem}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: JwkProblem,
    },
    /// A folder has no key at all.
    #[error(
        "{path} holds no public key: add the first recipient with `luchs keys add-recipient`, or copy public keys there (*.jwk)"
    )]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// A folder has no device's key.
    #[error("{path} holds no public key of a device: copy the device.pub.jwk of each device there")]
    NoDevices {
        /// The folder or file.
        path: PathBuf,
    },
    /// A folder has no recipient's private key.
    #[error("{path} holds no private key of a recipient (*.jwk): make one with `luchs keys init --recipient NAME`")]
    NoRecipientKey {
        /// The folder.
        path: PathBuf,
    },
    /// Two keys go by the same id.
    #[error("{path}: its key id {kid} is already taken by {other}: remove one of them")]
    SameId {
        /// The second file.
        path: PathBuf,
        /// The first file.
        other: PathBuf,
        /// The key id.
        kid: String,
    },
    /// OpenSSL could not make a key.
    #[error("cannot make a key: {0}")]
    Generate(openssl::error::ErrorStack),
}

/// What is wrong with one JSON Web Key. Never holds key material.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkProblem {
    /// Not JSON, or not the JSON of a key.
    #[error("this is no JSON Web Key (line {line}, column {column})")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A private key where a public one belongs.
    #[error("this is a private key: keep it where it is used, and put only its public half here")]
    Private,
    /// A public key where a private one belongs.
    #[error("this is only a public key: the private one is needed here")]
    Public,
    /// Another type of key, or another curve.
    #[error("kty {kty} with curve {crv} is not supported: use an EC key on P-256")]
    Curve {
        /// Key type.
        kty: String,
        /// Curve.
        crv: String,
    },
    /// No key id.
    #[error("it has no key id: add a \"kid\", best its RFC 7638 thumbprint")]
    NoId,
    /// A key id that is not fit for use.
    #[error("its key id must be 1 to 128 visible ASCII characters")]
    BadId,
    /// A member that has another value than this use of the key demands.
    #[error("its \"{member}\" is {found}, but a key for this must have \"{wanted}\"")]
    Member {
        /// `use` or `alg`.
        member: &'static str,
        /// What it has.
        found: String,
        /// What it needs.
        wanted: &'static str,
    },
    /// The numbers are no point on the curve, or public and private half do not belong together.
    #[error("its numbers are no P-256 key: it is damaged, or its public and private half do not belong together")]
    Point,
    /// A signing key without the name of its device.
    #[error("it does not say which device it belongs to: add \"device\": \"NAME\"")]
    NoDevice,
}
