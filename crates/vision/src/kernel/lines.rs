//! The two rows of a plane that make one row of the input.

use super::columns::ONE;

/// Two rows of equal length and what each counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines<'a> {
    pub(super) top: &'a [u8],
    pub(super) bottom: &'a [u8],
    /// The two that make the next row of the input.
    pub(super) ahead: [&'a [u8]; 2],
    /// Shares of the rows over [`ONE`], the unit of the columns' weights.
    pub(super) upper: f32,
    pub(super) lower: f32,
}

impl<'a> Lines<'a> {
    /// `share`: of the bottom row, 0 to 1. `ahead`: the rows that are needed next.
    pub(crate) fn new([top, bottom]: [&'a [u8]; 2], share: f32, ahead: [&'a [u8]; 2]) -> Self {
        // A power of two: dividing by it loses nothing.
        let one = f32::from(ONE);
        Self {
            top,
            bottom,
            ahead,
            upper: (1.0 - share) / one,
            lower: share / one,
        }
    }

    /// Asks for what the next row of the input needs at these places. Rows lie too far apart for the hardware to foresee
    /// them: where the frame is not in the core's own cache, waiting for it takes a fifth of the time and more.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a few instructions")]
    #[expect(
        unsafe_code,
        reason = "the intrinsics are unsafe, unstable or missing, by version and architecture"
    )]
    pub(super) fn fetch(&self, places: [u32; 2]) {
        for row in self.ahead {
            for place in places {
                let address = row.as_ptr().wrapping_add(place as usize);
                // SAFETY: a hint; nothing is accessed, so any address is allowed.
                #[cfg(target_arch = "x86_64")]
                unsafe {
                    std::arch::asm!("prefetcht0 [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
                }
                // SAFETY: as above.
                #[cfg(target_arch = "aarch64")]
                unsafe {
                    std::arch::asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
                }
            }
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
