//! How long what may take.

use std::time::Duration;

use crate::camera::Phase;

/// The watchdog interval that the limits below are meant for: `WatchdogSec=` of `luchs.service`.
const USUAL: Duration = Duration::from_secs(30);
/// Shorter intervals do not make shorter limits: a busy box would be taken for a dead one.
const SHORTEST: Duration = Duration::from_secs(5);

/// How long each part may go without a sign of life. All of them stretch with the watchdog's interval, which is the one
/// knob: it says how fast a box that stands still has to be found out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    stretch: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self::of(USUAL)
    }
}

impl Limits {
    /// For a watchdog of that interval.
    pub fn of(interval: Duration) -> Self {
        Self {
            stretch: interval.max(SHORTEST).as_secs_f64() / USUAL.as_secs_f64(),
        }
    }

    /// From one look of a camera's thread to the next; none when it has ended.
    pub fn beat(self, phase: Phase) -> Option<Duration> {
        let seconds = match phase {
            // Models are tried, devices measured, engines built.
            Phase::Opening => 15 * 60,
            // It looks several times a second.
            Phase::Watching | Phase::Waiting => 10,
            // Streaming threads come to their end, sockets are closed, events written.
            Phase::Closing => 30,
            Phase::Over => return None,
        };
        Some(self.stretched(seconds))
    }

    /// From one frame to the next, of a camera whose frames come: its thread has long given such a pipeline up.
    pub fn frame(self) -> Duration {
        self.stretched(45)
    }

    /// From one sign of a thread of the delivery to the next.
    pub fn delivery(self) -> Duration {
        self.stretched(20)
    }

    fn stretched(self, seconds: u64) -> Duration {
        Duration::from_secs(seconds).mul_f64(self.stretch)
    }
}
