//! How much faster a model is, on a computer that does other things too.
//!
//! Models run in turn, round after round, so that whatever slows the computer down for a while slows all of them down; their
//! times are compared within a round (paired). The figure is the ratio of the medians, its interval comes from drawing the
//! rounds again ([`crate::bootstrap`]).

use std::time::Duration;

use luchs_report::optimise::Speed;

use crate::bootstrap::{Draws, estimate, median};

/// How fast a candidate is, of the times of both models in the same rounds; None without rounds. `device` and `threads` say
/// where they ran.
pub fn speed(
    reference: &[Duration],
    candidate: &[Duration],
    device: &str,
    threads: usize,
    draws: Draws,
) -> Option<Speed> {
    let rounds = reference.len().min(candidate.len());
    if rounds == 0 {
        return None;
    }
    let milliseconds = |times: &[Duration]| {
        times[..rounds]
            .iter()
            .map(|time| time.as_secs_f64() * 1e3)
            .collect::<Vec<_>>()
    };
    let (reference, candidate) = (milliseconds(reference), milliseconds(candidate));
    let (baseline_ms, ms) = (median(reference.clone()), median(candidate.clone()));
    let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
    let figures = draws.each(rounds, |times| {
        ratio(redrawn(&reference, times), redrawn(&candidate, times))
    });
    Some(Speed {
        device: device.to_owned(),
        threads: threads as u32,
        baseline_ms,
        ms,
        ratio: estimate(ratio(baseline_ms, ms), figures),
    })
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
    use luchs_report::optimise::Interval;

    use super::*;

    fn times(values: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        values.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn a_disturbance_that_hits_both_changes_nothing() {
        // Every fourth round takes three times as long.
        let slow = |round: u64| if round.is_multiple_of(4) { 3 } else { 1 };
        let reference = times((0..40).map(|round| 20 * slow(round)));
        let candidate = times((0..40).map(|round| 10 * slow(round)));
        let speed = speed(&reference, &candidate, "cpu", 1, Draws::default()).unwrap();
        assert_eq!((speed.ratio.value, speed.baseline_ms, speed.ms), (2.0, 20.0, 10.0));
        assert_eq!(speed.ratio.interval, Some(Interval { low: 2.0, high: 2.0 }));
        assert_eq!((speed.device.as_str(), speed.threads), ("cpu", 1));
    }

    #[test]
    fn the_interval_tells_when_the_rounds_do_not_decide() {
        let reference = times((0..20).map(|round| 10 + round % 5));
        let candidate = times((0..20).map(|round| 10 + (round + 2) % 5));
        let Interval { low, high } = speed(&reference, &candidate, "cpu", 1, Draws::default())
            .and_then(|speed| speed.ratio.interval)
            .unwrap();
        assert!(low < 1.0 && 1.0 < high && high - low > 0.05, "{low} to {high}");
    }

    #[test]
    fn without_rounds_there_is_no_speed() {
        assert_eq!(speed(&[], &times([1]), "cpu", 1, Draws::default()), None);
    }
}
