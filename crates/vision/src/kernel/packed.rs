//! Columns packed for byte shuffles: a register of neighbouring bytes of a row holds the samples of several pixels.

use luchs_isa::{Isa, Kind};

use super::columns::{Column, ONE};

/// Pixels in a group: one AVX-512 register of sums.
pub(super) const PIXELS: usize = 16;
/// Bytes that a load takes.
pub(super) const WINDOW: usize = 16;
/// Bytes that a load of the broad shapes takes.
pub(super) const BROAD: usize = 64;

/// Which loads a group of sixteen pixels takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    /// No fixed number: the samples lie too far apart, or the row is shorter than a load.
    #[default]
    None,
    /// One plane; a load for each four pixels.
    Narrow,
    /// One plane; a load for each two pixels.
    Wide,
    /// Two interleaved channels; a load for each two pixels.
    Pair,
    /// Three interleaved channels, or three of four; a load for each pixel.
    Triple,
    /// One plane; a broad load for each eight pixels.
    Broad,
    /// Two interleaved channels; a broad load for each eight pixels.
    BroadPair,
}

/// Up to four loads, 64 bytes: from where, which bytes of them, and what those count.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Loads {
    /// For each 16 bit lane the byte of the window in the lower half and nothing (0x80) in the upper one.
    pub(super) masks: [u8; 64],
    pub(super) weights: [i16; 32],
    pub(super) bases: [u32; 4],
}

/// The packed columns: as many [`Loads`] a group as the shape says.
#[derive(Debug, Default)]
pub(super) struct Packed {
    shape: Shape,
    loads: Vec<Loads>,
    /// Every base plus the shape's window is at most this.
    reach: usize,
}

impl Shape {
    /// Those that can hold pixels that are `step` bytes apart, the fastest first.
    fn of(isa: Isa, step: u32) -> &'static [Self] {
        match (step, isa.kind() == Kind::Avx512Vbmi) {
            (1, false) => &[Self::Narrow, Self::Wide],
            (1, true) => &[Self::Broad, Self::Narrow, Self::Wide],
            (2, false) => &[Self::Pair],
            (2, true) => &[Self::BroadPair, Self::Pair],
            _ => &[Self::Triple],
        }
    }

    fn window(self) -> usize {
        if matches!(self, Self::Broad | Self::BroadPair) {
            BROAD
        } else {
            WINDOW
        }
    }

    fn channels(self) -> usize {
        match self {
            Self::None | Self::Narrow | Self::Wide | Self::Broad => 1,
            Self::Pair | Self::BroadPair => 2,
            Self::Triple => 3,
        }
    }

    /// [`Loads`] in a group.
    fn loads(self) -> usize {
        match self {
            Self::None | Self::Narrow | Self::Broad => 1,
            Self::Wide | Self::Pair | Self::BroadPair => 2,
            Self::Triple => 4,
        }
    }

    /// Which of the group's [`Loads`], which load of that and which 32 bit lane have a channel of a pixel.
    fn place(self, pixel: usize, channel: usize) -> (usize, usize, usize) {
        match self {
            Self::None | Self::Narrow => (0, pixel / 4, pixel),
            // Pixels 0 1, 4 5, 8 9, 12 13 and then 2 3, 6 7 …, so that each quarter of a register has its four.
            Self::Wide => (pixel % 4 / 2, pixel / 4, pixel),
            // In the same order; in a quarter two of the first channel, two of the second.
            Self::Pair => (pixel % 4 / 2, pixel / 4, pixel / 4 * 4 + channel * 2 + pixel % 2),
            // A quarter of a register for each pixel: its three channels, in the order of the bytes, and nothing.
            Self::Triple => (pixel / 4, pixel % 4, pixel % 4 * 4 + channel),
            Self::Broad => (0, pixel / 8, pixel),
            // Eight of the first channel, eight of the second.
            Self::BroadPair => (pixel / 8, 0, channel * 8 + pixel % 8),
        }
    }
}

impl Packed {
    /// Packs `columns` in the best shape that can hold them. `row`: bytes in a row; `step`: from one sample to the next.
    pub(super) fn update(&mut self, columns: &[Column], row: usize, step: u32, isa: Isa) {
        (self.shape, self.reach) = (Shape::None, row);
        for &shape in Shape::of(isa, step) {
            self.loads.clear();
            if row >= shape.window() && self.pack(columns, row, shape).is_some() {
                self.shape = shape;
                return;
            }
        }
        self.loads.clear();
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// The loads, if they stay inside each of `rows`.
    pub(super) fn loads(&self, rows: [&[u8]; 2]) -> &[Loads] {
        if rows.iter().all(|row| row.len() >= self.reach) {
            &self.loads
        } else {
            &[]
        }
    }

    /// None if the pixels of a load lie too far apart.
    fn pack(&mut self, columns: &[Column], row: usize, shape: Shape) -> Option<()> {
        let last_base = (row - shape.window()) as u32;
        for group in columns.chunks(PIXELS) {
            let start = self.loads.len();
            self.loads.resize(start + shape.loads(), Loads::EMPTY);
            let mut bases = [[None; 4]; 4];
            for (pixel, column) in group.iter().enumerate() {
                for channel in 0..shape.channels() {
                    let (at, load, lane) = shape.place(pixel, channel);
                    // Columns ascend: the load's first pixel has the lowest address.
                    let base = *bases[at][load].get_or_insert(column.first.min(last_base));
                    let [first, second] = [column.first, column.second].map(|byte| byte + channel as u32 - base);
                    if second >= shape.window() as u32 {
                        return None;
                    }
                    let loads = &mut self.loads[start + at];
                    loads.bases[load] = base;
                    loads.masks[lane * 4] = first as u8;
                    loads.masks[lane * 4 + 2] = second as u8;
                    loads.weights[lane * 2] = ONE - column.weight;
                    loads.weights[lane * 2 + 1] = column.weight;
                }
            }
        }
        Some(())
    }
}

impl Loads {
    const EMPTY: Self = Self {
        masks: [0x80; 64],
        weights: [0; 32],
        bases: [0; 4],
    };
}
