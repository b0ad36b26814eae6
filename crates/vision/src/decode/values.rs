//! Small arithmetic that families share.

/// Index and value of the greatest number; NaN is none. (0, NaN) if there is no number.
pub(crate) fn greatest(values: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::NAN);
    for (index, &value) in values.iter().enumerate() {
        // Written so that any number beats the initial NaN.
        if value > best.1 || (best.1.is_nan() && !value.is_nan()) {
            best = (index, value);
        }
    }
    best
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

/// Calls `each` with every column of `scores`, rows of `columns` values, with the greatest value of the column and its
/// row; NaN if the column has no number. Goes through the rows in blocks: columns are far apart in memory.
pub(super) fn greatest_of_columns<E>(
    scores: &[f32],
    columns: usize,
    mut each: impl FnMut(usize, usize, f32) -> Result<(), E>,
) -> Result<(), E> {
    const BLOCK: usize = 128;
    for first in (0..columns).step_by(BLOCK) {
        let length = BLOCK.min(columns - first);
        let (mut values, mut rows) = ([f32::NEG_INFINITY; BLOCK], [0u32; BLOCK]);
        for (index, row) in scores.chunks_exact(columns).enumerate() {
            let block = row.iter().skip(first).take(length);
            // Without branches, so that it runs in vector registers.
            for ((best, at), &value) in values.iter_mut().zip(&mut rows).zip(block) {
                let better = value > *best;
                *best = if better { value } else { *best };
                *at = if better { index as u32 } else { *at };
            }
        }
        for (offset, (&value, &row)) in values.iter().zip(&rows).take(length).enumerate() {
            let value = if value == f32::NEG_INFINITY { f32::NAN } else { value };
            each(first + offset, row as usize, value)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_of_each_column() {
        let columns = 300;
        let mut scores = vec![f32::NAN; columns * 3];
        for column in 0..columns - 1 {
            scores[column] = 0.25;
            scores[columns * (1 + column % 2) + column] = 0.5;
        }
        let mut seen = Vec::new();
        let done: Result<(), ()> = greatest_of_columns(&scores, columns, |column, row, value| {
            seen.push((column, row, value));
            Ok(())
        });
        assert_eq!((done, seen.len()), (Ok(()), columns));
        for &(column, row, value) in &seen[..columns - 1] {
            assert_eq!((row, value), (1 + column % 2, 0.5), "{column}");
        }
        assert!(seen[columns - 1].2.is_nan());
    }

    #[test]
    fn no_columns_are_no_columns() {
        let none: Result<(), ()> = greatest_of_columns(&[], 0, |_, _, _| Err(()));
        assert_eq!(none, Ok(()));
    }
}
