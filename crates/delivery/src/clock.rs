//! Wall time that does not jump while the process runs: age must not depend on someone setting the clock.

use std::time::{Instant, SystemTime};

use luchs_scene::Utc;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
    started_ms: i64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            started_ms: Utc::from(SystemTime::now()).unix_millis(),
        }
    }

    /// Milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        self.started_ms + i64::try_from(self.started.elapsed().as_millis()).unwrap_or(0)
    }
}
