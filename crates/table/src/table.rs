//! A function of a byte.

use std::fmt;

use crate::{Isa, kernel};

/// Results of a function for every byte, in the forms that the loops want.
#[derive(Clone)]
#[repr(C, align(64))]
pub struct Table {
    pub(crate) entries: [u8; 256],
    /// Each sixteen entries exclusive-or those before them: see `kernel::avx2`.
    pub(crate) steps: [u8; 256],
    isa: Isa,
}

impl Table {
    /// The function whose result for the byte `i` is `entries[i]`.
    pub fn new(entries: &[u8; 256]) -> Self {
        Self::with_isa(entries, Isa::best())
    }

    /// The same with the loop of one instruction set. All loops give the same bytes.
    pub fn with_isa(entries: &[u8; 256], isa: Isa) -> Self {
        let steps = std::array::from_fn(|i| entries[i] ^ if i % 128 < 16 { 0 } else { entries[i - 16] });
        Self {
            entries: *entries,
            steps,
            isa,
        }
    }

    /// The results.
    pub fn entries(&self) -> &[u8; 256] {
        &self.entries
    }

    /// Writes the results for the bytes of `from` to `to`. Panics if they are not of the same length.
    pub fn map(&self, from: &[u8], to: &mut [u8]) {
        assert_eq!(from.len(), to.len(), "a result for each byte");
        // SAFETY: two slices of that length, one of which may be written to.
        #[expect(unsafe_code, reason = "one loop for both ways")]
        unsafe {
            kernel::map(self, self.isa, from.as_ptr(), to.as_mut_ptr(), from.len());
        }
    }

    /// Replaces every byte by its result.
    pub fn map_in_place(&self, bytes: &mut [u8]) {
        let start = bytes.as_mut_ptr();
        // SAFETY: a slice of that length, which may be written to.
        #[expect(unsafe_code, reason = "one loop for both ways")]
        unsafe {
            kernel::map(self, self.isa, start, start, bytes.len());
        }
    }
}

/// Of the entries the first and the last alone: 256 numbers tell a person nothing.
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entries, isa, .. } = self;
        write!(f, "Table({} … {}, {isa:?})", entries[0], entries[255])
    }
}
