//! Objects as points: heatmaps of centres (Zhou et al. 2019, arXiv:1904.07850).

use luchs_scene::Size;

use super::{candidates::Candidates, values::sigmoid};

/// Pixels of the input to a cell.
pub(super) const STRIDE: u32 = 4;

/// Columns and rows of the heatmap of an input of `size`.
pub(super) fn map(size: Size) -> (usize, usize) {
    ((size.width / STRIDE) as usize, (size.height / STRIDE) as usize)
}

/// Whether `shape` is that of `channels` maps of an input of `size`; None for any number of them.
pub(super) fn is_maps(size: Size, channels: Option<i64>, shape: &[i64]) -> bool {
    let (width, height) = map(size);
    let [_, c, h, w] = shape[..] else { return false };
    let same = |a: i64, b: usize| b > 0 && usize::try_from(a) == Ok(b);
    c > 0 && channels.is_none_or(|channels| channels == c) && same(h, height) && same(w, width)
}

/// The greatest finite value; NaN if there is none.
pub(super) fn top(plane: &[f32]) -> f32 {
    let finite = plane.iter().copied().filter(|value| value.is_finite());
    finite.reduce(f32::max).unwrap_or(f32::NAN)
}

/// Calls `each` with the cells of class `label` that are wanted, by index, and their score.
pub(super) fn each_wanted(
    found: &mut Candidates<'_>,
    label: usize,
    plane: &[f32],
    logits: bool,
    mut each: impl FnMut(&mut Candidates<'_>, usize, f32),
) {
    let score = |value: f32| if logits { sigmoid(value) } else { value };
    // Most classes are not there at all: one look at the highest point is enough.
    if !found.wants(label, score(top(plane))) {
        return;
    }
    for (index, &value) in plane.iter().enumerate() {
        let score = score(value);
        if found.wants(label, score) {
            each(found, index, score);
        }
    }
}

/// Whether no neighbour of cell `index` is higher.
pub(super) fn is_peak(plane: &[f32], width: usize, index: usize) -> bool {
    let (x, y) = (index % width, index / width);
    let rows = y.saturating_sub(1)..=(y + 1).min(plane.len() / width - 1);
    rows.flat_map(|row| (x.saturating_sub(1)..=(x + 1).min(width - 1)).map(move |column| row * width + column))
        .all(|neighbour| plane[neighbour].is_nan() || plane[neighbour] <= plane[index])
}
