//! Changes of light, which are no motion: exposure and gain of a camera, and lamps that flicker.

/// Cells in a group that flickers as one: fewer could all belong to one object.
const GROUP: usize = 48;
/// Cells of a group that are asked.
const ASKED: usize = 32;
/// Darker cells say little about a factor.
const DARK: f32 = 12.0;
/// Cells of a picture that are asked, about.
const SAMPLE: usize = 2048;
/// A share of cells that are as they should be: nothing has happened to all of them.
const CALM: f32 = 0.8;
/// Gains beyond are no exposure.
const GAINS: std::ops::RangeInclusive<f32> = 0.2..=5.0;

/// Value = `gain` · expected + `offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Affine {
    pub(super) gain: f32,
    pub(super) offset: f32,
}

impl Affine {
    pub(super) const NONE: Self = Self { gain: 1.0, offset: 0.0 };

    /// The change that most cells have in common: a straight line through `expected` and `values` that minds cells
    /// which moved ever less (iteratively reweighted least squares). `near`: cells closer to it agree with it.
    pub(super) fn between(expected: &[f32], values: &[f32], near: f32) -> Self {
        let calm = Self::NONE.agreement(expected, values, near);
        if calm >= CALM {
            return Self::NONE;
        }
        let Some(mut change) = Self::fit(expected, values, |_, _| 1.0) else {
            return Self::NONE;
        };
        for scale in [8.0, 4.0, 2.0, 1.0, 1.0] {
            let scale = scale * near;
            let weight = |expected: f32, value: f32| {
                let away = change.apart(expected, value) / scale;
                let weight = 1.0 / (1.0 + away * away);
                weight * weight
            };
            match Self::fit(expected, values, weight) {
                Some(better) => change = better,
                None => return Self::NONE,
            }
        }
        let better = change.agreement(expected, values, near) > calm + 0.1;
        if better && GAINS.contains(&change.gain) {
            change
        } else {
            Self::NONE
        }
    }

    pub(super) fn of(self, expected: f32) -> f32 {
        self.gain * expected + self.offset
    }

    fn apart(self, expected: f32, value: f32) -> f32 {
        (value - self.of(expected)).abs()
    }

    /// Share of the cells that are `near` the line.
    fn agreement(self, expected: &[f32], values: &[f32], near: f32) -> f32 {
        let (mut agreed, mut all) = (0u32, 0u32);
        for (expected, value) in sample(expected, values) {
            agreed += u32::from(self.apart(expected, value) < near);
            all += 1;
        }
        agreed as f32 / all.max(1) as f32
    }

    /// Weighted least squares; None if the cells lie on no line, as those of an even grey wall.
    fn fit(expected: &[f32], values: &[f32], weight: impl Fn(f32, f32) -> f32) -> Option<Self> {
        let (mut w, mut x, mut y, mut xx, mut xy) = (0.0f64, 0.0f64, 0.0f64, 0.0f64, 0.0f64);
        for (expected, value) in sample(expected, values) {
            let (weight, a, b) = (
                f64::from(weight(expected, value)),
                f64::from(expected),
                f64::from(value),
            );
            w += weight;
            x += weight * a;
            y += weight * b;
            xx += weight * a * a;
            xy += weight * a * b;
        }
        let spread = xx * w - x * x;
        if w.is_nan() || w <= 0.0 {
            return None;
        }
        let gain = if spread > w * w { (xy * w - x * y) / spread } else { 1.0 };
        Some(Self {
            gain: gain as f32,
            offset: ((y - gain * x) / w) as f32,
        })
    }
}

fn sample(expected: &[f32], values: &[f32]) -> impl Iterator<Item = (f32, f32)> {
    let step = (expected.len() / SAMPLE).max(1);
    expected.iter().copied().zip(values.iter().copied()).step_by(step)
}

/// Writes the factor by which each row of cells is brighter than expected: the median of the quotients in the row. Lamps
/// flicker faster than a sensor is read out, so their light changes from row to row. `asked` is memory.
pub(super) fn flicker(expected: &[f32], values: &[f32], columns: usize, asked: &mut Vec<f32>, factors: &mut Vec<f32>) {
    let rows = expected.len() / columns.max(1);
    let together = GROUP.div_ceil(columns.max(1)).max(1);
    factors.clear();
    for first in (0..rows).step_by(together) {
        let count = together.min(rows - first);
        let cells = first * columns..(first + count) * columns;
        let step = (cells.len() / ASKED).max(1);
        asked.clear();
        let pairs = expected[cells.clone()].iter().zip(&values[cells]).step_by(step);
        asked.extend(
            pairs
                .filter(|(expected, _)| **expected >= DARK)
                .map(|(expected, value)| value / expected),
        );
        // Half of a few cells may well be one object.
        let factor = if asked.len() >= ASKED / 2 {
            let middle = asked.len() / 2;
            *asked.select_nth_unstable_by(middle, f32::total_cmp).1
        } else {
            1.0
        };
        let factor = if GAINS.contains(&factor) { factor } else { 1.0 };
        factors.extend(std::iter::repeat_n(factor, count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(count: usize) -> Vec<f32> {
        (0..count).map(|at| 40.0 + (at * 37 % 120) as f32).collect()
    }

    #[test]
    fn exposure_is_found_though_somebody_walks() {
        let expected = wall(2000);
        let mut values: Vec<_> = expected.iter().map(|level| level * 1.4 - 9.0).collect();
        values[300..500].fill(20.0);
        let found = Affine::between(&expected, &values, 3.0);
        assert!(
            (found.gain - 1.4).abs() < 0.01 && (found.offset + 9.0).abs() < 1.0,
            "{found:?}"
        );
    }

    #[test]
    fn another_scene_is_no_exposure() {
        let expected = wall(2000);
        let values: Vec<_> = (0..2000).map(|at| (at * 91 % 200) as f32).collect();
        assert_eq!(Affine::between(&expected, &values, 3.0), Affine::NONE);
    }

    #[test]
    fn an_even_wall_has_an_offset_only() {
        let found = Affine::between(&[50.0; 100], &[70.0; 100], 3.0);
        assert_eq!((found.gain, found.offset), (1.0, 20.0));
    }

    #[test]
    fn each_row_has_its_own_light_and_an_object_none() {
        let (columns, rows) = (60, 5);
        let expected = wall(columns * rows);
        let light = [1.0, 1.1, 0.9, 1.2, 0.8];
        let mut values: Vec<_> = expected
            .iter()
            .enumerate()
            .map(|(at, level)| level * light[at / columns])
            .collect();
        values[130..150].fill(250.0);
        let (mut asked, mut factors) = (Vec::new(), Vec::new());
        flicker(&expected, &values, columns, &mut asked, &mut factors);
        for (got, wanted) in factors.iter().zip(light) {
            assert!((got - wanted).abs() < 1e-5, "{factors:?}");
        }
        // A handful of cells has no light of its own.
        flicker(&expected[..9], &values[60..69], 3, &mut asked, &mut factors);
        assert_eq!(factors, [1.0; 3]);
    }
}
