//! How long to wait before the next try.

use std::time::Duration;

/// The longest wait after a fault that passes by itself: a camera that is back is watched again within seconds.
const SHORT: Duration = Duration::from_secs(4);
/// The longest wait after a fault that a person has to mend. Some cameras lock those out who try a password too often.
const LONG: Duration = Duration::from_secs(8);
const FIRST: Duration = Duration::from_millis(250);

/// Waits of full jitter (Brooker, “Exponential Backoff And Jitter”, 2015): anything between nothing and a bound that
/// doubles. Cameras that one switch took away together do not come back together.
#[derive(Clone, Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The next wait; `part` is a random number from 0 to 1.
    pub(super) fn next(&mut self, wants_a_person: bool, part: f64) -> Duration {
        let most = if wants_a_person { LONG } else { SHORT };
        let bound = FIRST.saturating_mul(1 << self.tries.min(10)).min(most);
        self.tries += 1;
        bound.mul_f64(part.clamp(0.0, 1.0))
    }

    /// Frames have come for a while.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_a_limit_and_begins_anew() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..7).map(|_| backoff.next(false, 1.0).as_millis()).collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 4000, 4000]);
        assert_eq!(backoff.next(true, 1.0), LONG);
        assert_eq!(backoff.next(true, 0.25), LONG / 4);
        backoff.reset();
        assert_eq!(backoff.next(false, 1.0), FIRST);
    }
}
