//! What is wrong with footage.

use std::{
    io,
    path::{Path, PathBuf},
};

use luchs_vision::FrameError;

/// What is wrong with footage. Messages name it and say what to do.
#[derive(Debug, thiserror::Error)]
pub enum FootageError {
    /// The disk does not take the frames, or does not give them back.
    #[error("{}: {source}; frames are kept beside the result while it works, so make room there, or name a folder on another disk with --to", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be decoded, or the camera does not answer.
    #[error("{name}: {reason}")]
    Decode {
        /// The video, picture or camera.
        name: String,
        /// Why.
        reason: String,
    },
    /// Decoding it needs something that is not here.
    #[error("{0}")]
    Decoder(String),
    /// Bytes that are no frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Too short.
    #[error(
        "{name}: {frames} frames, at least {least} are needed: a third of them to find the ranges of values, the others to \
         compare the models on; give a longer video or more pictures"
    )]
    TooFew {
        /// The footage.
        name: String,
        /// How many there are.
        frames: usize,
        /// How many are needed.
        least: usize,
    },
    /// Covered, dark or unplugged.
    #[error(
        "{name}: {blank} of {frames} frames show nothing, they are of one colour; was the camera covered, or was it dark? Give \
         footage of what the model is to find"
    )]
    Blank {
        /// The footage.
        name: String,
        /// How many show nothing.
        blank: usize,
        /// Of how many.
        frames: usize,
    },
    /// The person wants no more.
    #[error("stopped")]
    Stopped,
}

impl FootageError {
    pub(super) fn disk(path: &Path, source: io::Error) -> Self {
        Self::Disk {
            path: path.to_owned(),
            source,
        }
    }
}
