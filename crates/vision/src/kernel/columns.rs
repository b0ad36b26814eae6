//! Which bytes of a row make which pixel of the input, in the forms that the loops want.

use luchs_isa::Isa;

use super::packed::Packed;

/// Weight of a sample that counts alone. 14 bits: a weight fits a signed 16 bit lane, and is less than 1/120 of a grey
/// level off.
pub(super) const ONE: i16 = 1 << 14;

/// Two neighbouring samples of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Byte offset of the first sample.
    pub(crate) first: u32,
    /// Of the second; the same at the picture's edge.
    pub(crate) second: u32,
    /// What the second counts, 0 to [`ONE`]; the first counts the rest.
    pub(super) weight: i16,
}

/// The columns of one plane.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(super) list: Vec<Column>,
    pub(super) packed: Packed,
}

impl Column {
    /// `share`: of the second sample, 0 to 1.
    pub(crate) fn new(first: u32, second: u32, share: f64) -> Self {
        Self {
            first,
            second,
            weight: (share * f64::from(ONE)).round() as i16,
        }
    }
}

impl Columns {
    /// Replaces the columns, for the loops of `isa`. `row`: bytes in a row; `step`: from one sample to the next.
    pub(crate) fn update(&mut self, isa: Isa, columns: impl Iterator<Item = Column>, row: usize, step: u32) {
        self.list.clear();
        self.list.extend(columns);
        self.packed.update(&self.list, row, step, isa);
    }

    /// How many floats the loops write: whole blocks.
    pub(crate) fn room(width: usize) -> usize {
        width.next_multiple_of(super::packed::PIXELS)
    }
}
