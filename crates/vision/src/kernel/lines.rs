//! The two rows of a plane that make one row of the input.

use super::columns::ONE;

/// Two rows of equal length and what each counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines<'a> {
    pub(super) top: &'a [u8],
    pub(super) bottom: &'a [u8],
    /// Shares of the rows over [`ONE`], the unit of the columns' weights.
    pub(super) upper: f32,
    pub(super) lower: f32,
}

impl<'a> Lines<'a> {
    /// `share`: of the bottom row, 0 to 1.
    pub(crate) fn new(top: &'a [u8], bottom: &'a [u8], share: f32) -> Self {
        // A power of two: dividing by it loses nothing.
        let one = f32::from(ONE);
        Self {
            top,
            bottom,
            upper: (1.0 - share) / one,
            lower: share / one,
        }
    }

    /// Blends a sum of each row. They are below 2²², so exact as `f32`.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "it has to take on the instruction set of its caller"
    )]
    pub(super) fn blend(&self, top: i32, bottom: i32) -> f32 {
        top as f32 * self.upper + bottom as f32 * self.lower
    }
}
