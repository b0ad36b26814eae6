//! When to tell that inferences fail, and that they work again.

use std::time::{Duration, Instant};

/// How often it is told that they still fail.
const REPEAT: Duration = Duration::from_secs(10);
/// So long after the last failure a success counts as recovery: what fails now and then fails.
const WELL: Duration = Duration::from_secs(1);

/// Of one stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    failing: Option<Failing>,
}

#[derive(Clone, Debug)]
struct Failing {
    last: Instant,
    told: Instant,
    frames: u64,
}

/// What to tell about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tell {
    /// Nothing: it was told a moment ago.
    Nothing,
    /// That it has begun.
    Begun,
    /// That it goes on; so many frames were lost.
    GoesOn(u64),
}

impl Health {
    /// An inference failed.
    pub(super) fn failed(&mut self, now: Instant) -> Tell {
        let Some(failing) = &mut self.failing else {
            self.failing = Some(Failing {
                last: now,
                told: now,
                frames: 1,
            });
            return Tell::Begun;
        };
        failing.last = now;
        failing.frames += 1;
        if now.saturating_duration_since(failing.told) < REPEAT {
            return Tell::Nothing;
        }
        failing.told = now;
        Tell::GoesOn(failing.frames)
    }

    /// An inference was well. How many frames were lost, if that is a recovery.
    pub(super) fn well(&mut self, now: Instant) -> Option<u64> {
        let failing = self.failing.as_ref()?;
        if now.saturating_duration_since(failing.last) < WELL {
            return None;
        }
        self.failing.take().map(|failing| failing.frames)
    }

    /// Whether inferences fail, so far as is known.
    pub(super) fn is_failing(&self) -> bool {
        self.failing.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_change_is_told_at_once_and_then_every_ten_seconds() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut health = Health::default();
        assert_eq!(health.well(at(0)), None);
        assert_eq!(health.failed(at(40)), Tell::Begun);
        let told: Vec<_> = (2..=550)
            .map(|n| (n * 40, health.failed(at(n * 40))))
            .filter(|(_, tell)| *tell != Tell::Nothing)
            .collect();
        assert_eq!(told, [(10_040, Tell::GoesOn(251)), (20_040, Tell::GoesOn(501))]);
        assert!(health.is_failing());
        assert_eq!(health.well(at(22_500)), None);
        assert_eq!(health.well(at(23_000)), Some(550));
        assert!(!health.is_failing());
        assert_eq!(health.well(at(24_000)), None);
        assert_eq!(health.failed(at(24_040)), Tell::Begun);
    }

    #[test]
    fn what_fails_every_other_frame_fails() {
        let start = Instant::now();
        let mut health = Health::default();
        let at = |n: u64| start + Duration::from_millis(40 * n);
        let told = (0..100).filter(|n| health.failed(at(2 * n)) != Tell::Nothing).count();
        let well = (0..100)
            .filter(|n| health.well(at(2 * n + 1)).is_some() && *n < 99)
            .count();
        assert_eq!((told, well), (1, 0));
    }
}
