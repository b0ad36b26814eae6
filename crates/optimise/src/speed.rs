//! How much faster a model is, on a computer that does other things too.
//!
//! Models run in turn, round after round, so that whatever slows the computer down for a while slows all of them down; their
//! times are compared within a round (paired). The figure is the ratio of the medians, its interval comes from drawing the
//! rounds again ([`crate::bootstrap`]).

use std::time::Duration;

use serde::Serialize;

use crate::bootstrap::{Draws, Interval, median};

/// A candidate against the original.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Speed {
    /// Median milliseconds of the original for one frame.
    pub reference_ms: f64,
    /// Median milliseconds of the candidate.
    pub candidate_ms: f64,
    /// How many times as fast the candidate is: above 1 is faster.
    pub ratio: f64,
    /// What 95 % of the draws of the rounds have.
    pub interval: Interval,
    /// How many rounds.
    pub rounds: usize,
}

impl Speed {
    /// Of the times of both in the same rounds; None without rounds.
    pub fn of(reference: &[Duration], candidate: &[Duration], draws: Draws) -> Option<Self> {
        let rounds = reference.len().min(candidate.len());
        let milliseconds = |times: &[Duration]| {
            times[..rounds]
                .iter()
                .map(|time| time.as_secs_f64() * 1e3)
                .collect::<Vec<_>>()
        };
        let (reference, candidate) = (milliseconds(reference), milliseconds(candidate));
        let (reference_ms, candidate_ms) = (median(reference.clone()), median(candidate.clone()));
        let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        let figures = draws.each(rounds, |times| {
            ratio(redrawn(&reference, times), redrawn(&candidate, times))
        });
        Some(Self {
            reference_ms,
            candidate_ms,
            ratio: ratio(reference_ms, candidate_ms),
            interval: Interval::of(figures).filter(|_| rounds > 0)?,
            rounds,
        })
    }
}

/// The median where value `i` is there `times[i]` times.
fn redrawn(values: &[f64], times: &[u32]) -> f64 {
    let repeated = values
        .iter()
        .zip(times)
        .flat_map(|(value, n)| std::iter::repeat_n(*value, *n as usize));
    median(repeated.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(values: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        values.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn a_disturbance_that_hits_both_changes_nothing() {
        // Every fourth round takes three times as long.
        let slow = |round: u64| if round % 4 == 0 { 3 } else { 1 };
        let reference = times((0..40).map(|round| 20 * slow(round)));
        let candidate = times((0..40).map(|round| 10 * slow(round)));
        let speed = Speed::of(&reference, &candidate, Draws::default()).unwrap();
        assert_eq!((speed.ratio, speed.reference_ms, speed.candidate_ms), (2.0, 20.0, 10.0));
        assert_eq!((speed.interval.low, speed.interval.high), (2.0, 2.0));
    }

    #[test]
    fn the_interval_tells_when_the_rounds_do_not_decide() {
        let reference = times((0..20).map(|round| 10 + round % 5));
        let candidate = times((0..20).map(|round| 10 + (round + 2) % 5));
        let speed = Speed::of(&reference, &candidate, Draws::default()).unwrap();
        assert!(
            speed.interval.holds(1.0) && speed.interval.high - speed.interval.low > 0.05,
            "{speed:?}"
        );
    }

    #[test]
    fn without_rounds_there_is_no_speed() {
        assert_eq!(Speed::of(&[], &times([1]), Draws::default()), None);
    }
}
