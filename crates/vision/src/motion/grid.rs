//! The cells that a picture is compared by.

use luchs_scene::{Rect, Size};

/// A longer side has at least so many cells, so that one is about as small as what a detector can see: 16 pixels of
/// 1920.
const LEAST_CELLS: u32 = 80;
/// Smaller cells would hold too few pixels to be told from noise.
const SMALLEST: u32 = 4;

/// Square cells over a part of a frame. Where its sides are no multiples of a cell's, the last ones overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// Of the part, in pixels of the frame.
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Side of a cell, a power of two.
    pub(super) cell: usize,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Grid {
    /// Over `bounds` (left, top, right, bottom) of a frame, which must not be empty.
    pub(super) fn new([left, top, right, bottom]: [u32; 4]) -> Self {
        let (width, height) = ((right - left).max(1), (bottom - top).max(1));
        let wanted = (width.max(height) / LEAST_CELLS).max(SMALLEST);
        let cell = floor_power_of_two(wanted).min(floor_power_of_two(width.min(height)));
        Self {
            left: left as usize,
            top: top as usize,
            width: width as usize,
            height: height as usize,
            cell: cell as usize,
            columns: width.div_ceil(cell) as usize,
            rows: height.div_ceil(cell) as usize,
        }
    }

    pub(super) fn cells(&self) -> usize {
        self.columns * self.rows
    }

    /// First pixel row of cell row `row`, in the frame.
    pub(super) fn y(&self, row: usize) -> usize {
        self.top + (row * self.cell).min(self.height - self.cell)
    }

    /// Columns and rows of the cells that `rect` touches: from, and up to but without.
    pub(super) fn touched(&self, rect: Rect) -> [usize; 4] {
        let cell = self.cell as f32;
        // Casts saturate at 0, also for what is no number.
        let first = |at: f32, start: usize| ((at - start as f32) / cell).floor() as usize;
        let last = |at: f32, start: usize| ((at - start as f32) / cell).ceil() as usize;
        [
            first(rect.x, self.left).min(self.columns),
            first(rect.y, self.top).min(self.rows),
            last(rect.right(), self.left).min(self.columns),
            last(rect.bottom(), self.top).min(self.rows),
        ]
    }
}

/// The part of a frame that a region covers, widened to whole pixels; None if that is nothing.
pub(super) fn bounds(frame: Size, region: Option<Rect>) -> Option<[u32; 4]> {
    let Some(region) = region else {
        return Some([0, 0, frame.width, frame.height]);
    };
    // Casts saturate at 0.
    let bounds = [
        region.x.floor() as u32,
        region.y.floor() as u32,
        (region.right().ceil() as u32).min(frame.width),
        (region.bottom().ceil() as u32).min(frame.height),
    ];
    (region.is_proper() && bounds[0] < bounds[2] && bounds[1] < bounds[3]).then_some(bounds)
}

fn floor_power_of_two(value: u32) -> u32 {
    1 << value.max(1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_as_small_as_what_a_detector_sees() {
        let grid = |width, height| {
            let Grid {
                cell, columns, rows, ..
            } = Grid::new([0, 0, width, height]);
            (cell, columns, rows)
        };
        assert_eq!(grid(1920, 1080), (16, 120, 68));
        assert_eq!(grid(3840, 2160), (32, 120, 68));
        assert_eq!(grid(768, 576), (8, 96, 72));
        assert_eq!(grid(640, 360), (8, 80, 45));
        assert_eq!(grid(3, 2000), (2, 2, 1000));
        assert_eq!(grid(1, 1), (1, 1, 1));
    }

    #[test]
    fn the_last_cells_overlap_and_regions_begin_where_they_begin() {
        let grid = Grid::new([100, 50, 290, 85]);
        assert_eq!((grid.cell, grid.columns, grid.rows), (4, 48, 9));
        assert_eq!((grid.y(0), grid.y(8)), (50, 81));
        let rect = |x, y, w, h| Rect { x, y, w, h };
        assert_eq!(grid.touched(rect(0.0, 0.0, 105.0, 50.5)), [0, 0, 2, 1]);
        assert_eq!(grid.touched(rect(104.0, 54.0, 4.0, 4.0)), [1, 1, 2, 2]);
        assert_eq!(grid.touched(rect(f32::NAN, 0.0, 1e9, 1e9)), [0, 0, 0, 9]);
        assert_eq!(grid.touched(rect(0.0, 0.0, 9.0, 9.0)), [0, 0, 0, 0]);
    }
}
