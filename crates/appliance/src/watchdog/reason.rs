//! Why the watchdog is not fed.

use std::time::Duration;

use luchs_scene::Name;

use crate::camera::Phase;

/// Something stands still.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A camera's own thread.
    #[error(
        "the thread of camera {camera} stands still{}: no sign of life for {} s",
        doing(*phase),
        since.as_secs()
    )]
    Camera {
        /// The camera.
        camera: Name,
        /// What it was about.
        phase: Phase,
        /// For how long.
        since: Duration,
    },
    /// What a camera's frames go through: decoder, engine, tracker, publisher.
    #[error(
        "camera {camera} counts as running, and no frame of it has come through for {} s: a thread of its pipeline or the \
         engine stands still",
        since.as_secs()
    )]
    Frames {
        /// The camera.
        camera: Name,
        /// For how long.
        since: Duration,
    },
    /// The thread that writes the outbox.
    #[error("the writer of the outbox stands still: no sign of life for {} s", since.as_secs())]
    Writer {
        /// For how long.
        since: Duration,
    },
    /// The thread that talks to the broker.
    #[error("the courier to the broker stands still: no sign of life for {} s", since.as_secs())]
    Courier {
        /// For how long.
        since: Duration,
    },
}

impl Reason {
    /// Whether it is about the same part as `other`: then it is no news.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Camera { camera: one, .. }, Self::Camera { camera: other, .. })
            | (Self::Frames { camera: one, .. }, Self::Frames { camera: other, .. }) => one == other,
            (Self::Writer { .. }, Self::Writer { .. }) | (Self::Courier { .. }, Self::Courier { .. }) => true,
            _ => false,
        }
    }
}

fn doing(phase: Phase) -> &'static str {
    match phase {
        Phase::Opening => " while it opens the pipeline",
        Phase::Closing => " while it ends the pipeline, which waits for a thread of GStreamer or of the engine",
        Phase::Watching | Phase::Waiting | Phase::Over => "",
    }
}
