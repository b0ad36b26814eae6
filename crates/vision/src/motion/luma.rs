//! Mean brightness of cells, from a few rows of each.

use super::grid::Grid;
use crate::{Frame, PixelFormat, Range};

/// Pixel rows of a cell that are read: a quarter of a 1080p frame, for half the precision.
const ROWS: usize = 4;

/// Most pixels that are added up at once.
const BLOCK: usize = 16;

/// How pixels lie in a row.
#[derive(Clone, Copy)]
enum Pixels {
    /// One byte each.
    Luma,
    /// Three colours. Their mean stands for the luma: it moves when they do.
    Three,
    /// Three colours and a byte that means nothing.
    Four,
}

/// Writes the mean of each cell of `grid`, 0 for black; `sums` is memory for one row.
pub(super) fn means(frame: &Frame<'_>, grid: &Grid, sums: &mut Vec<u32>, out: &mut Vec<f32>) {
    let (pixels, step) = match frame.format() {
        PixelFormat::Nv12 | PixelFormat::I420 | PixelFormat::Gray8 => (Pixels::Luma, 1),
        PixelFormat::Rgb | PixelFormat::Bgr => (Pixels::Three, 3),
        PixelFormat::Rgba | PixelFormat::Bgra | PixelFormat::Rgbx | PixelFormat::Bgrx => (Pixels::Four, 4),
    };
    let yuv = matches!(frame.format(), PixelFormat::Nv12 | PixelFormat::I420);
    let black = if yuv && frame.colorimetry().1 == Range::Limited {
        16.0
    } else {
        0.0
    };
    let (rows, channels) = (ROWS.min(grid.cell), step.min(3));
    let scale = 1.0 / (rows * grid.cell * channels) as f32;
    out.clear();
    for row in 0..grid.rows {
        sums.clear();
        sums.resize(grid.columns, 0);
        for line in 0..rows {
            let distance = grid.cell / rows;
            let y = grid.y(row) + line * distance + distance / 2;
            let row = &frame.row(0, y)[grid.left * step..][..grid.width * step];
            let cell = grid.cell * step;
            let whole = row.chunks_exact(cell);
            let last = (!whole.remainder().is_empty()).then(|| &row[row.len() - cell..]);
            let (first, rest) = sums.split_at_mut(grid.width / grid.cell);
            add(pixels, row, grid.cell, first);
            if let Some(last) = last {
                add(pixels, last, grid.cell, rest);
            }
        }
        out.extend(sums.iter().map(|sum| *sum as f32 * scale - black));
    }
}

/// Adds the pixels of each cell of a row.
fn add(pixels: Pixels, row: &[u8], cell: usize, sums: &mut [u32]) {
    // Blocks of known size become a few instructions.
    match (pixels, cell) {
        (Pixels::Luma, 4) => blocks::<4>(row, 4, sums, bytes),
        (Pixels::Luma, 8) => blocks::<8>(row, 8, sums, bytes),
        (Pixels::Luma, BLOCK..) => blocks::<BLOCK>(row, cell, sums, bytes),
        (Pixels::Luma, _) => blocks::<1>(row, cell, sums, bytes),
        (Pixels::Three, 4) => blocks::<12>(row, 12, sums, bytes),
        (Pixels::Three, 8) => blocks::<24>(row, 24, sums, bytes),
        (Pixels::Three, BLOCK..) => blocks::<{ BLOCK * 3 }>(row, cell * 3, sums, bytes),
        (Pixels::Three, _) => blocks::<3>(row, cell * 3, sums, bytes),
        (Pixels::Four, 4) => blocks::<16>(row, 16, sums, words),
        (Pixels::Four, 8) => blocks::<32>(row, 32, sums, words),
        (Pixels::Four, BLOCK..) => blocks::<{ BLOCK * 4 }>(row, cell * 4, sums, words),
        (Pixels::Four, _) => blocks::<4>(row, cell * 4, sums, words),
    }
}

#[inline]
fn blocks<const N: usize>(row: &[u8], cell: usize, sums: &mut [u32], sum: impl Fn(&[u8; N]) -> u32) {
    if cell == N {
        for (block, out) in row.as_chunks().0.iter().zip(sums) {
            *out += sum(block);
        }
        return;
    }
    for (cell, out) in row.chunks_exact(cell).zip(sums) {
        for block in cell.as_chunks().0 {
            *out += sum(block);
        }
    }
}

#[inline]
fn bytes<const N: usize>(block: &[u8; N]) -> u32 {
    block.iter().map(|byte| u32::from(*byte)).sum()
}

/// The first three bytes of each four.
#[inline]
fn words<const N: usize>(block: &[u8; N]) -> u32 {
    // Two colours in the halves of a word: up to 257 pixels fit.
    let (mut outer, mut inner) = (0u32, 0u32);
    for pixel in block.as_chunks::<4>().0 {
        let word = u32::from_le_bytes(*pixel);
        outer += word & 0x00ff_00ff;
        inner += word >> 8 & 0xff;
    }
    (outer & 0xffff) + (outer >> 16) + inner
}

#[cfg(test)]
mod tests {
    use luchs_scene::Size;

    use super::*;
    use crate::{Matrix, Plane};

    fn means_of(format: PixelFormat, size: Size, data: &[Vec<u8>], bounds: [u32; 4]) -> Vec<f32> {
        let planes: Vec<_> = data
            .iter()
            .enumerate()
            .map(|(plane, data)| Plane {
                data,
                stride: format.plane_extent(plane, size).0,
            })
            .collect();
        let frame = Frame::new(format, size, &planes, Matrix::Bt601, Range::Limited).unwrap();
        let mut out = Vec::new();
        means(&frame, &Grid::new(bounds), &mut Vec::new(), &mut out);
        out
    }

    #[test]
    fn every_format_has_the_brightness_of_its_pixels() {
        for (width, height) in [(1, 1), (3, 2), (50, 9), (768, 16), (1920, 40), (3841, 33), (1500, 1100)] {
            let size = Size { width, height };
            for format in PixelFormat::ALL {
                let data: Vec<_> = (0..format.planes())
                    .map(|plane| {
                        let (row, rows) = format.plane_extent(plane, size);
                        (0..row * rows).map(|at| (at * 7 % 251) as u8).collect::<Vec<_>>()
                    })
                    .collect();
                let bounds = [width / 3, height / 3, width, height];
                let grid = Grid::new(bounds);
                let got = means_of(format, size, &data, bounds);
                assert_eq!(got.len(), grid.cells());
                let (step, black) = match format {
                    PixelFormat::Nv12 | PixelFormat::I420 => (1, 16.0),
                    PixelFormat::Gray8 => (1, 0.0),
                    PixelFormat::Rgb | PixelFormat::Bgr => (3, 0.0),
                    _ => (4, 0.0),
                };
                let rows = grid.cell.min(4);
                for (index, got) in got.iter().enumerate() {
                    let (column, row) = (index % grid.columns, index / grid.columns);
                    let x = grid.left + (column * grid.cell).min(grid.width - grid.cell);
                    let mut values = Vec::new();
                    for line in 0..rows {
                        let distance = grid.cell / rows;
                        let y = grid.y(row) + line * distance + distance / 2;
                        for x in x..x + grid.cell {
                            let first = (y * width as usize + x) * step;
                            values.extend(data[0][first..][..step.min(3)].iter().map(|byte| f64::from(*byte)));
                        }
                    }
                    let wanted = values.iter().sum::<f64>() / values.len() as f64 - black;
                    assert!((f64::from(*got) - wanted).abs() < 1e-3, "{format:?} {size:?} {index}");
                }
            }
        }
    }

    #[test]
    fn the_fourth_byte_means_nothing() {
        let size = Size { width: 64, height: 64 };
        let data: Vec<u8> = (0..64 * 64 * 4)
            .map(|at| if at % 4 == 3 { (at * 31) as u8 } else { 100 })
            .collect();
        let got = means_of(PixelFormat::Bgrx, size, &[data], [0, 0, 64, 64]);
        assert!(got.iter().all(|mean| (mean - 100.0).abs() < 1e-4), "{got:?}");
    }
}
