//! The reference: any distance, any number of interleaved channels.

use super::{Columns, Lines, columns::ONE};

/// Samples `N` channels. `offsets`: of each channel in a pixel, in bytes.
pub(super) fn taps<const N: usize>(lines: &Lines<'_>, columns: &Columns, offsets: [usize; N], out: [&mut [f32]; N]) {
    for (offset, out) in offsets.into_iter().zip(out) {
        let (top, bottom) = (&lines.top[offset..], &lines.bottom[offset..]);
        for (column, out) in columns.list.iter().zip(out) {
            let (first, second) = (column.first as usize, column.second as usize);
            let (one, other) = (i32::from(ONE - column.weight), i32::from(column.weight));
            let sum = |row: &[u8]| i32::from(row[first]) * one + i32::from(row[second]) * other;
            *out = lines.blend(sum(top), sum(bottom));
        }
    }
}
