//! Small arithmetic that families share.

/// The greatest number of a list, −∞ if there is none; NaN is none. Without branches and in independent lanes, so that
/// it runs in vector registers: it is asked for every cell of a feature map.
pub(super) fn highest(values: &[f32]) -> f32 {
    let higher = |a: f32, b: f32| if b > a { b } else { a };
    let mut lanes = [f32::NEG_INFINITY; 16];
    let (blocks, rest) = values.as_chunks::<16>();
    for block in blocks {
        for (lane, &value) in lanes.iter_mut().zip(block) {
            *lane = higher(*lane, value);
        }
    }
    rest.iter().chain(&lanes).copied().fold(f32::NEG_INFINITY, higher)
}

/// Index and value of the greatest number, the first one of equals; NaN is none. (0, NaN) if there is no number.
pub(crate) fn greatest(values: &[f32]) -> (usize, f32) {
    let top = highest(values);
    // −∞ may be a value too, and is not found if it is not.
    match values.iter().position(|value| *value == top) {
        Some(index) => (index, top),
        None => (0, f32::NAN),
    }
}

/// The logistic function.
pub(super) fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// Whether `scores` are logits: no probability is negative, and of the scores of a whole picture most say no.
pub(super) fn are_logits(scores: &[f32]) -> bool {
    scores.iter().any(|score| *score < 0.0)
}

/// Corners of the box with this centre, width and height.
pub(super) fn corners_of(cx: f32, cy: f32, w: f32, h: f32) -> [f32; 4] {
    let (w, h) = (w / 2.0, h / 2.0);
    [cx - w, cy - h, cx + w, cy + h]
}

/// Mean of the bin index under the softmax of `bins` (Generalized Focal Loss, Li et al. 2020, arXiv:2006.04388).
pub(super) fn mean_bin(bins: &[f32]) -> f32 {
    let (_, top) = greatest(bins);
    let (mut sum, mut weighted) = (0.0, 0.0);
    for (index, bin) in bins.iter().enumerate() {
        let share = (bin - top).exp();
        sum += share;
        weighted += share * index as f32;
    }
    weighted / sum
}

/// Calls `each` with every column of `scores`, rows of `columns` values, with the greatest value of the column, NaN if it
/// has no number, and its row; the row is 0 if the value is below `threshold`. Goes through the rows in blocks: columns
/// are far apart in memory.
pub(super) fn greatest_of_columns<E>(
    scores: &[f32],
    columns: usize,
    threshold: f32,
    mut each: impl FnMut(usize, usize, f32) -> Result<(), E>,
) -> Result<(), E> {
    const BLOCK: usize = 128;
    for first in (0..columns).step_by(BLOCK) {
        let length = BLOCK.min(columns - first);
        let mut values = [f32::NEG_INFINITY; BLOCK];
        for row in scores.chunks_exact(columns) {
            // Without branches, so that it runs in vector registers.
            for (best, &value) in values[..length].iter_mut().zip(&row[first..][..length]) {
                *best = if value > *best { value } else { *best };
            }
        }
        for (offset, &top) in values[..length].iter().enumerate() {
            let column = first + offset;
            // Few columns are worth the way down for the row.
            let (row, value) = if top == f32::NEG_INFINITY {
                (0, f32::NAN)
            } else if top < threshold {
                (0, top)
            } else {
                let mut down = scores[column..].iter().step_by(columns);
                (down.position(|value| *value == top).unwrap_or(0), top)
            };
            each(column, row, value)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_of_a_list() {
        let nan = f32::NAN;
        let infinite = f32::NEG_INFINITY;
        for length in [1, 2, 15, 16, 17, 80, 85] {
            for at in 0..length {
                let mut values = vec![-3.0; length];
                values[length - 1] = nan;
                values[at] = 0.5;
                assert_eq!(greatest(&values), (at, 0.5));
                // Of equals the first.
                values.fill(0.5);
                values[..at].fill(nan);
                assert_eq!(greatest(&values), (at, 0.5));
            }
        }
        assert_eq!(greatest(&[nan, infinite, infinite]), (1, infinite));
        for none in [&[][..], &[nan; 40]] {
            let (index, value) = greatest(none);
            assert!(index == 0 && value.is_nan());
        }
    }

    #[test]
    fn the_greatest_of_each_column() {
        let columns = 300;
        let mut scores = vec![f32::NAN; columns * 3];
        for column in 0..columns - 1 {
            scores[column] = 0.25;
            scores[columns * (1 + column % 2) + column] = 0.5;
        }
        let mut seen = Vec::new();
        let done: Result<(), ()> = greatest_of_columns(&scores, columns, 0.4, |column, row, value| {
            seen.push((column, row, value));
            Ok(())
        });
        assert_eq!((done, seen.len()), (Ok(()), columns));
        for &(column, row, value) in &seen[..columns - 1] {
            assert_eq!((row, value), (1 + column % 2, 0.5), "{column}");
        }
        assert!(seen[columns - 1].2.is_nan());
        // Below the threshold nobody needs the row.
        let done: Result<(), ()> = greatest_of_columns(&scores, columns, 0.6, |column, row, value| {
            assert_eq!((row, value == 0.5), (0, column < columns - 1));
            Ok(())
        });
        assert_eq!(done, Ok(()));
    }

    #[test]
    fn no_columns_are_no_columns() {
        let none: Result<(), ()> = greatest_of_columns(&[], 0, 0.0, |_, _, _| Err(()));
        assert_eq!(none, Ok(()));
    }
}
