//! Where an axis has marks: P. S. Heckbert, “Nice numbers for graph labels”, Graphics Gems, 1990.

/// Marks of an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticks {
    /// Multiples of 1, 2 or 5 times a power of ten, in ascending order.
    pub(super) values: Vec<f64>,
    /// How many digits behind the decimal sign tell them apart.
    pub(super) digits: usize,
}

impl Ticks {
    /// Between `low` and `high`, both included, at most `most` (which is 2 or more).
    pub(super) fn between(low: f64, high: f64, most: usize) -> Self {
        let span = high - low;
        if !span.is_finite() || span <= 0.0 {
            return Self {
                values: vec![low],
                digits: 1,
            };
        }
        let least = span / most.max(2) as f64;
        let steps = std::iter::successors(Some(nice(least)), |step| Some(nice(step * 1.5)));
        let of = |step: f64| (step, multiples(step, low, high));
        let (step, values) = steps
            .map(of)
            .find(|(_, values)| values.len() <= most)
            .unwrap_or((span, vec![low]));
        Self {
            values,
            digits: (-step.log10().floor()).clamp(0.0, 9.0) as usize,
        }
    }
}

/// The smallest nice number that is `least` or more.
fn nice(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let nice = [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power);
    nice.into_iter()
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

/// The multiples of `step` from `low` to `high`.
fn multiples(step: f64, low: f64, high: f64) -> Vec<f64> {
    // A little more than low and a little less than high are meant.
    let slack = (high - low) * 1e-6;
    let first = (low / step - 1e-6).ceil();
    let count = ((high - low) / step).ceil() as usize + 2;
    let values = (0..count).map(|index| (first + index as f64) * step);
    values
        .filter(|value| (low - slack..=high + slack).contains(value))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_are_round_numbers() {
        let of = |low, high, most| {
            let ticks = Ticks::between(low, high, most);
            let digits = ticks.digits;
            let texts = ticks.values.iter().map(|value| format!("{value:.digits$}"));
            texts.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(6.8, 13.4, 6), "8 10 12");
        assert_eq!(of(0.0, 1.0, 6), "0.0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(of(31.2, 33.9, 6), "31.5 32.0 32.5 33.0 33.5");
        assert_eq!(of(-0.04, 0.07, 6), "-0.04 -0.02 0.00 0.02 0.04 0.06");
        assert_eq!(of(0.0, 123_456.0, 5), "0 50000 100000");
    }

    #[test]
    fn an_axis_without_length_has_one_mark() {
        assert_eq!(Ticks::between(3.0, 3.0, 5).values, [3.0]);
        assert_eq!(Ticks::between(3.0, f64::INFINITY, 5).values, [3.0]);
    }

    proptest! {
        #[test]
        fn marks_lie_on_the_axis_and_are_not_too_many(
            low in -1e6..1e6_f64, span in 1e-3..1e6_f64, most in 2..12_usize,
        ) {
            let high = low + span;
            let ticks = Ticks::between(low, high, most);
            prop_assert!(ticks.values.len() <= most);
            let slack = span * 1e-6;
            prop_assert!(ticks.values.iter().all(|value| (low - slack..=high + slack).contains(value)));
        }
    }
}
