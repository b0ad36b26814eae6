//! Why a delivery or subscription cannot even begin.

use std::{io, path::PathBuf};

use luchs_scene::Name;
use luchs_seal::KeyError;

use crate::{
    mqtt::{BrokerUrlError, TlsError},
    outbox::OutboxError,
};

/// Something that must be put right before anything can be delivered. What may pass (no broker, a full disk) is none
/// of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The signing key.
    #[error("signing key: {0}")]
    SigningKey(#[source] KeyError),
    /// The recipients.
    #[error("recipients: {0}")]
    Recipients(#[source] KeyError),
    /// The broker's URL.
    #[error(transparent)]
    Broker(#[from] BrokerUrlError),
    /// Certificates and key for TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The outbox.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// A prefix that is none.
    #[error("“{0}” cannot be used in a topic: use letters, digits, “.”, “_”, “-”, with “/” between levels")]
    Topic(String),
    /// A topic filter that is none.
    #[error(
        "“{0}” is no topic filter: levels with “/” between them, “+” alone for any one level, “#” alone at the end for \
         the rest, such as luchs/+/+/events"
    )]
    Filter(String),
    /// A client id that is none.
    #[error("“{0}” is no client id: use 1 to 64 printable characters")]
    ClientId(String),
    /// Someone else in this process uses the outbox in another way.
    #[error(
        "the outbox {path} is already open in this process with other settings: make them equal, or give each its own outbox"
    )]
    Conflict {
        /// The file.
        path: PathBuf,
    },
    /// Someone else in this process speaks for the camera.
    #[error(
        "camera “{camera}” has a publisher already in this process (outbox {path}): readers could not tell their objects apart; give each luchspublish a camera of its own"
    )]
    CameraTaken {
        /// The camera.
        camera: Name,
        /// The outbox.
        path: PathBuf,
    },
    /// A name that no camera may have.
    #[error("no camera can be called “{0}”: in topics that name stands for the device itself; choose another one")]
    CameraReserved(Name),
    /// No thread could be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
}
