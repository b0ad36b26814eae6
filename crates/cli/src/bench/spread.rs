//! How times are spread.

use std::time::Duration;

use serde::Serialize;

/// Milliseconds; percentiles by nearest rank, so each is a time that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) count: usize,
    pub(crate) mean: f64,
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Of `times`, which it sorts; None of none.
    pub(crate) fn of(times: &mut [Duration]) -> Option<Self> {
        times.sort_unstable();
        let max = *times.last()?;
        let rank = |percent: usize| {
            let index = (times.len() * percent).div_ceil(100).max(1) - 1;
            times.get(index).copied().map_or(0.0, milliseconds)
        };
        Some(Self {
            count: times.len(),
            mean: milliseconds(times.iter().sum::<Duration>() / times.len() as u32),
            p50: rank(50),
            p90: rank(90),
            p99: rank(99),
            max: milliseconds(max),
        })
    }
}

/// A time in milliseconds, to the microsecond.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1e3, 3)
}

/// `value` with so many digits behind the point: the others are noise.
pub(crate) fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measured_values() {
        let mut times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        let spread = Spread::of(&mut times).unwrap();
        assert_eq!(
            (spread.p50, spread.p90, spread.p99, spread.max),
            (100.0, 180.0, 198.0, 200.0)
        );
        assert_eq!((spread.count, spread.mean), (200, 100.5));
        let one = Spread::of(&mut [Duration::from_millis(7)]).unwrap();
        assert_eq!((one.p50, one.p99, one.max), (7.0, 7.0, 7.0));
        assert_eq!(Spread::of(&mut []), None);
    }
}
