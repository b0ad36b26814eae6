//! Whether two devices gave the same answer.
//!
//! Devices round differently: bfloat16 keeps 8 bits of a number, and two libraries for 8-bit integers do not clip the same
//! values. So outputs are compared by how much of what varies in them is explained: the error of a part is
//! √(Σ(a−b)² / Σ(b−b̄)²), the root of what its R² lacks to 1. It is 0 for the same values, 1 for a constant that says
//! nothing, and about 1.4 for an unrelated answer. An output has the larger of two errors: that of all its values with each
//! channel's own mean, and the median of its channels' errors, without which the large numbers of boxes would hide the
//! small ones of scores. Channels are the smaller of the last two dimensions.
//!
//! Measured on real detectors: 16-bit floats 0.00 to 0.02, bfloat16 0.03 to 0.12, another library's 8-bit integers 0.17 to
//! 0.20; red and blue exchanged 0.66 and more, results in the wrong row 0.54 and more, an 8-bit model that overflows in
//! 16-bit floats 1.2.

/// The largest error that still counts as the same answer: 91 % of what varies is explained.
pub const LIMIT: f64 = 0.3;

/// An output of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// The output with the largest error, and that error.
pub(crate) fn worst<'a>(reference: &'a [Answer], other: &[Answer]) -> (&'a str, f64) {
    let mut worst = ("", 0.0);
    for (index, expected) in reference.iter().enumerate() {
        let error = match other.get(index) {
            Some(got) if got.shape == expected.shape && got.values.len() == expected.values.len() => {
                output_error(&expected.shape, &expected.values, &got.values)
            }
            _ => f64::INFINITY,
        };
        if error > worst.1 || worst.0.is_empty() {
            worst = (&expected.name, error);
        }
    }
    worst
}

/// Sums of one channel.
#[derive(Clone, Copy, Default)]
struct Channel {
    count: f64,
    sum: f64,
    squares: f64,
    /// Of the differences.
    error: f64,
    largest: f64,
}

impl Channel {
    fn varies(&self) -> f64 {
        (self.squares - self.sum * self.sum / self.count.max(1.0)).max(0.0)
    }

    /// What rounding alone does: a hundredth of the largest value, in each.
    fn rounding(&self) -> f64 {
        self.count * (self.largest * 0.01).powi(2)
    }
}

fn output_error(shape: &[usize], expected: &[f32], got: &[f32]) -> f64 {
    // Not a number in the same place is the same answer, if a strange one.
    if expected.iter().zip(got).any(|(e, g)| e.is_finite() != g.is_finite()) {
        return f64::INFINITY;
    }
    let (count, stride) = channels(shape);
    let mut sums = vec![Channel::default(); count.max(1)];
    for (index, (&expected, &got)) in expected.iter().zip(got).enumerate() {
        if !expected.is_finite() {
            continue;
        }
        let (expected, got) = (f64::from(expected), f64::from(got));
        let channel = &mut sums[index / stride % count.max(1)];
        channel.count += 1.0;
        channel.sum += expected;
        channel.squares += expected * expected;
        channel.error += (expected - got).powi(2);
        channel.largest = channel.largest.max(expected.abs());
    }
    let whole = ratio(
        sums.iter().map(|c| c.error).sum(),
        sums.iter().map(Channel::varies).sum(),
        sums.iter().map(Channel::rounding).sum(),
    );
    let mut errors: Vec<_> = sums.iter().map(|c| ratio(c.error, c.varies(), c.rounding())).collect();
    errors.sort_by(f64::total_cmp);
    whole.max(errors[errors.len() / 2])
}

/// How many channels there are, and how many values lie between one and the next.
fn channels(shape: &[usize]) -> (usize, usize) {
    let sides: Vec<_> = shape.iter().copied().filter(|&side| side > 1).collect();
    match *sides.as_slice() {
        [.., rows, columns] if rows < columns => (rows, columns),
        [.., _, columns] => (columns, 1),
        _ => (1, 1),
    }
}

fn ratio(error: f64, varies: f64, rounding: f64) -> f64 {
    if error <= 0.0 {
        return 0.0;
    }
    // A part that is the same everywhere explains nothing; then what rounding does is the measure.
    let scale = if varies > rounding * 1e-4 { varies } else { rounding };
    if scale > 0.0 {
        (error / scale).sqrt()
    } else {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    /// Boxes in hundreds and scores below 1 in one output, as detectors have it: 500 rows of 4 + 6.
    fn detector() -> Answer {
        let mut state = 7u32;
        let mut noise = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from((state >> 16) as u16) / 65536.0
        };
        let row = |_| -> Vec<f32> {
            let mut row: Vec<f32> = (0..4).map(|_| noise() * 400.0).collect();
            row.extend((0..6).map(|_| noise().powi(8)));
            row
        };
        Answer {
            name: "output".into(),
            shape: vec![1, 500, 10],
            values: (0..500).flat_map(row).collect(),
        }
    }

    fn error_of(change: impl Fn(usize, f32) -> f32) -> f64 {
        let expected = detector();
        let mut got = expected.clone();
        for (index, value) in got.values.iter_mut().enumerate() {
            *value = change(index, *value);
        }
        worst(&[expected], &[got]).1
    }

    fn bfloat16(value: f32) -> f32 {
        f32::from_bits(value.to_bits().wrapping_add(0x8000) & 0xffff_0000)
    }

    #[test]
    fn rounding_is_agreement() {
        assert_eq!(error_of(|_, value| value), 0.0);
        let error = error_of(|_, value| bfloat16(value));
        assert!(error > 0.0 && error < 0.02, "{error}");
    }

    #[test]
    fn broken_scores_are_seen_beside_boxes_that_are_right() {
        let score = |index: usize| index % 10 >= 4;
        for (what, error) in [
            ("zero", error_of(|index, value| if score(index) { 0.0 } else { value })),
            (
                "inverted",
                error_of(|index, value| if score(index) { 1.0 - value } else { value }),
            ),
            (
                "doubled",
                error_of(|index, value| if score(index) { 2.0 * value } else { value }),
            ),
        ] {
            assert!(error > LIMIT, "{what}: {error}");
        }
    }

    #[test]
    fn broken_boxes_are_seen() {
        let error = error_of(|index, value| if index % 10 < 4 { 200.0 } else { value });
        assert!(error > LIMIT, "{error}");
    }

    #[test]
    fn rows_in_the_wrong_order_are_seen_in_both_layouts() {
        let expected = detector();
        let mut got = expected.clone();
        got.values.rotate_left(10);
        assert!(worst(from_ref(&expected), &[got]).1 > 1.0);

        let transposed = |answer: &Answer| Answer {
            shape: vec![1, 10, 500],
            values: (0..5000).map(|i| answer.values[i % 500 * 10 + i / 500]).collect(),
            ..answer.clone()
        };
        let (expected, mut got) = (transposed(&expected), transposed(&expected));
        assert_eq!(channels(&expected.shape), (10, 500));
        got.values.rotate_left(1);
        assert!(worst(&[expected], &[got]).1 > 1.0);
    }

    #[test]
    fn not_a_number_and_another_shape_never_agree() {
        assert_eq!(
            error_of(|index, value| if index == 3 { f32::NAN } else { value }),
            f64::INFINITY
        );
        let expected = detector();
        let other = Answer {
            shape: vec![1, 499, 10],
            ..expected.clone()
        };
        assert_eq!(worst(from_ref(&expected), &[other]), ("output", f64::INFINITY));
        assert_eq!(worst(&[expected], &[]), ("output", f64::INFINITY));
    }

    #[test]
    fn what_is_the_same_everywhere_may_be_rounded_but_not_be_another() {
        let constant = |value| Answer {
            name: "count".into(),
            shape: vec![1],
            values: vec![value],
        };
        assert!(worst(&[constant(100.0)], &[constant(100.2)]).1 < LIMIT);
        assert!(worst(&[constant(100.0)], &[constant(110.0)]).1 > LIMIT);
        assert_eq!(worst(&[constant(0.0)], &[constant(1.0)]).1, f64::INFINITY);
    }
}
