//! When to try again: full jitter (Brooker, “Exponential Backoff And Jitter”, 2015), so that the devices of a site do
//! not come back all at once.

use std::time::Duration;

/// Waits of random length below a bound that doubles with every failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    failures: u32,
}

impl Backoff {
    /// The first wait is below `base`, no wait is above `cap`.
    pub fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap, failures: 0 }
    }

    /// The wait after one more failure; `random` is 0 to 1. Never shorter than a tenth of `base`, so that bad luck is
    /// no busy loop.
    pub fn next(&mut self, random: f64) -> Duration {
        let bound = self.base.saturating_mul(1 << self.failures.min(20)).min(self.cap);
        self.failures = self.failures.saturating_add(1);
        bound.mul_f64(random.clamp(0.0, 1.0)).max(self.base / 10)
    }

    /// After a success that lasted.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// A random number, 0 to 1.
pub(crate) fn random() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness the wait is merely longer.
    if openssl::rand::rand_bytes(&mut bytes).is_err() {
        return 1.0;
    }
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_the_cap_and_falls_back_after_success() {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        let waits: Vec<_> = (0..9).map(|_| backoff.next(1.0).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
        assert_eq!(backoff.next(0.5).as_millis(), 15_000);
        backoff.reset();
        assert_eq!(backoff.next(1.0).as_millis(), 500);
    }

    #[test]
    fn bad_luck_is_no_busy_loop_and_years_of_failures_no_overflow() {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        for _ in 0..100_000 {
            assert!(backoff.next(0.0) >= Duration::from_millis(50));
        }
        assert_eq!(backoff.next(1.0), Duration::from_secs(30));
    }
}
