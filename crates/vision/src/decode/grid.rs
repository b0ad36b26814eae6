//! The cells of feature maps.

use luchs_scene::Size;

/// Columns and rows of the feature map of `stride` over an input of `size`, rounded up.
pub(super) fn grid(size: Size, stride: u32) -> (u32, u32) {
    (size.width.div_ceil(stride), size.height.div_ceil(stride))
}

/// Cells of the feature maps of `strides`, rounded up.
pub(super) fn cells(size: Size, strides: &[u32]) -> usize {
    let cells = strides.iter().map(|&stride| {
        let (width, height) = grid(size, stride);
        (width as usize).saturating_mul(height as usize)
    });
    cells.fold(0, usize::saturating_add)
}

/// The cells of one feature map (column, row), row by row.
pub(super) fn each_cell((width, height): (u32, u32)) -> impl Iterator<Item = (f32, f32)> {
    (0..height).flat_map(move |y| (0..width).map(move |x| (x as f32, y as f32)))
}

/// Whether a head of the YOLO family with `anchors` boxes a cell has `rows` boxes: with the usual strides, with one more
/// for large inputs (P6), or with one more for small objects (P2).
pub(super) fn is_yolo_head(size: Size, anchors: usize, rows: i64) -> bool {
    const STRIDES: [&[u32]; 3] = [&[8, 16, 32], &[8, 16, 32, 64], &[4, 8, 16, 32]];
    let fits = |strides: &[u32]| usize::try_from(rows) == Ok(cells(size, strides).saturating_mul(anchors));
    rows > 0 && STRIDES.into_iter().any(fits)
}
