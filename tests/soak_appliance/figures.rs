//! Percentiles and slopes.

use std::time::Duration;

/// Values by rank.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread(Vec<f64>);

impl Spread {
    /// In seconds.
    pub(crate) fn of(values: impl IntoIterator<Item = Duration>) -> Self {
        let mut values: Vec<f64> = values.into_iter().map(|value| value.as_secs_f64()).collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest value that `part` of all do not exceed (nearest rank); 0 of none.
    pub(crate) fn at(&self, part: f64) -> f64 {
        let rank = (part * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    pub(crate) fn most(&self) -> f64 {
        self.0.last().copied().unwrap_or_default()
    }
}

/// By how much the second value grows with each of the first, by least squares over the later half: earlier, caches fill.
pub(crate) fn slope(points: &[(f64, f64)]) -> f64 {
    let half = &points[points.len() / 2..];
    let count = half.len().max(1) as f64;
    let (x, y) = half
        .iter()
        .fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let product: f64 = half.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let square: f64 = half.iter().map(|point| (point.0 - x).powi(2)).sum();
    if square > 0.0 { product / square } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_values_that_were_seen() {
        let spread = Spread::of((1..=100).rev().map(Duration::from_secs));
        assert_eq!((spread.at(0.5), spread.at(0.99), spread.most()), (50.0, 99.0, 100.0));
        let one = Spread::of([Duration::from_secs(3)]);
        assert_eq!((one.at(0.5), one.at(0.99)), (3.0, 3.0));
        assert_eq!(Spread::default().at(0.5), 0.0);
    }

    #[test]
    fn only_the_later_half_makes_the_slope() {
        let early = (0..50).map(|x| (f64::from(x), f64::from(x) * 100.0));
        let late = (50..100).map(|x| (f64::from(x), 7.0 + f64::from(x) * 0.5));
        let points: Vec<_> = early.chain(late).collect();
        assert!((slope(&points) - 0.5).abs() < 1e-9);
        assert_eq!(slope(&[]), 0.0);
    }
}
