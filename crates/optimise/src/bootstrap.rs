//! How far a figure can be trusted that was measured on a few images or runs.
//!
//! Percentile bootstrap: Efron, “Bootstrap methods: another look at the jackknife”, Annals of Statistics 7 (1979). The images
//! are drawn again with replacement, the figure is computed anew, and what 95 % of these figures lie between is the interval.
//! Two models are compared on the same draws (paired), so that images that are hard for both do not count as a difference.

use luchs_report::optimise::{Estimate, Interval};

use crate::random::Random;

/// How often the images are drawn again, and from which numbers: the same seed gives the same interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// How often; at least 1.
    pub rounds: usize,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for Draws {
    /// Enough that the ends of an interval hold to about a twentieth of its width.
    fn default() -> Self {
        Self {
            rounds: 1000,
            seed: 20_231,
        }
    }
}

impl Draws {
    /// Calls `figure` for each draw out of `count` things, with how often each of them was drawn.
    pub fn each<T>(self, count: usize, mut figure: impl FnMut(&[u32]) -> T) -> Vec<T> {
        let mut random = Random::new(self.seed);
        let mut times = vec![0_u32; count];
        let mut one = || {
            times.fill(0);
            for _ in 0..count {
                times[random.below(count)] += 1;
            }
            figure(&times)
        };
        (0..self.rounds).map(|_| one()).collect()
    }
}

/// What 95 % of `figures` lie between, which are numbers; None of none.
pub fn interval(mut figures: Vec<f64>) -> Option<Interval> {
    figures.sort_by(f64::total_cmp);
    let last = figures.len().checked_sub(1)?;
    let at = |part: f64| figures[((last as f64) * part).round() as usize];
    Some(Interval {
        low: at(0.025),
        high: at(0.975),
    })
}

/// `value` with the interval of `figures`, which are those of the draws.
pub fn estimate(value: f64, figures: Vec<f64>) -> Estimate {
    Estimate {
        value,
        interval: interval(figures),
    }
}

/// The middle of `values`, between the two in the middle where their number is even; 0 of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mean_of(values: &[f64], times: &[u32]) -> f64 {
        let sum: f64 = values.iter().zip(times).map(|(value, n)| value * f64::from(*n)).sum();
        sum / values.len() as f64
    }

    #[test]
    fn the_interval_of_a_mean_is_that_of_the_textbook() {
        // 100 values with a deviation of 1: the mean has one of 0.1, so 95 % lie within 0.196 of it.
        let values: Vec<f64> = (0..100).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let figures = Draws::default().each(100, |times| mean_of(&values, times));
        let found = interval(figures).unwrap();
        assert!(
            (found.low + 0.196).abs() < 0.03 && (found.high - 0.196).abs() < 0.03,
            "{found:?}"
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_interval_and_another_one_another() {
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        let with = |seed| {
            let draws = Draws { rounds: 200, seed };
            interval(draws.each(20, |times| mean_of(&values, times)))
        };
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
    }

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(Vec::new()), 0.0);
        assert_eq!(interval(Vec::new()), None);
    }

    proptest! {
        #[test]
        fn every_draw_has_as_many_as_there_are(count in 1_usize..50, seed: u64) {
            let sums = Draws { rounds: 5, seed }.each(count, |times| times.iter().sum::<u32>() as usize);
            prop_assert_eq!(sums, vec![count; 5]);
        }

        #[test]
        fn an_interval_lies_within_what_was_seen(figures in proptest::collection::vec(-1e6_f64..1e6, 1..200)) {
            let found = interval(figures.clone()).unwrap();
            prop_assert!(found.low <= found.high);
            prop_assert!(figures.contains(&found.low) && figures.contains(&found.high));
        }
    }
}
