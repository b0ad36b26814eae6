//! Columns packed for byte shuffles: sixteen neighbouring bytes of a row hold the samples of several pixels.

use super::columns::{Column, ONE};

/// Pixels in a group: one AVX-512 register of sums.
pub(super) const PIXELS: usize = 16;
/// Bytes that a load takes.
pub(super) const WINDOW: usize = 16;

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
}

/// Four loads, 64 bytes: from where, which bytes of them, and what those count.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Loads {
    /// For each 16 bit lane the byte of the window in the lower half and nothing (0x80) in the upper one.
    pub(super) masks: [u8; 64],
    pub(super) weights: [i16; 32],
    pub(super) bases: [u32; 4],
}

/// The packed columns: one [`Loads`] a group if narrow, four if triple, else two.
#[derive(Debug, Default)]
pub(super) struct Packed {
    shape: Shape,
    loads: Vec<Loads>,
    /// Every base plus [`WINDOW`] is at most this.
    reach: usize,
}

impl Packed {
    /// Packs `columns` in the first of `shapes` that can hold them. `row`: bytes in a row.
    pub(super) fn update(&mut self, columns: &[Column], row: usize, shapes: &[Shape]) {
        (self.shape, self.reach) = (Shape::None, row);
        for &shape in shapes {
            self.loads.clear();
            if row >= WINDOW && self.pack(columns, row, shape) {
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

    fn pack(&mut self, columns: &[Column], row: usize, shape: Shape) -> bool {
        for group in columns.chunks(PIXELS) {
            if shape == Shape::Narrow {
                let Some(loads) = narrow(group, row) else { return false };
                self.loads.push(loads);
            } else if shape == Shape::Triple {
                for quarter in 0..PIXELS / 4 {
                    let four = group.chunks(4).nth(quarter).unwrap_or_default();
                    let Some(loads) = triple(four, row) else { return false };
                    self.loads.push(loads);
                }
            } else {
                // Pixels 0 1, 4 5, 8 9, 12 13 and then 2 3, 6 7 …, so that each quarter of a register has its four.
                for half in 0..2 {
                    let Some(loads) = halves(group, row, shape, half) else {
                        return false;
                    };
                    self.loads.push(loads);
                }
            }
        }
        true
    }
}

impl Loads {
    const EMPTY: Self = Self {
        masks: [0x80; 64],
        weights: [0; 32],
        bases: [0; 4],
    };

    /// Sets the window of load `load` to hold all of `columns`, each `extra` bytes longer than its samples' first byte.
    fn window(&mut self, load: usize, columns: &[Column], row: usize, extra: u32) -> Option<()> {
        let (Some(first), Some(last)) = (columns.first(), columns.last()) else {
            return Some(());
        };
        let base = first.first.min((row - WINDOW) as u32);
        self.bases[load] = base;
        (last.second + extra < base + WINDOW as u32).then_some(())
    }

    /// Puts a pixel's two samples, `channel` bytes further, into 32 bit lane `lane`.
    fn put(&mut self, lane: usize, column: Column, channel: u32) {
        let base = self.bases[lane / 4];
        self.masks[lane * 4] = (column.first + channel - base) as u8;
        self.masks[lane * 4 + 2] = (column.second + channel - base) as u8;
        self.weights[lane * 2] = ONE - column.weight;
        self.weights[lane * 2 + 1] = column.weight;
    }
}

fn narrow(group: &[Column], row: usize) -> Option<Loads> {
    let mut loads = Loads::EMPTY;
    for (load, four) in group.chunks(4).enumerate() {
        loads.window(load, four, row, 0)?;
        for (i, column) in four.iter().enumerate() {
            loads.put(load * 4 + i, *column, 0);
        }
    }
    Some(loads)
}

/// A quarter of a register for each pixel: its three channels, in the order of the bytes, and nothing.
fn triple(four: &[Column], row: usize) -> Option<Loads> {
    let mut loads = Loads::EMPTY;
    for (load, column) in four.iter().enumerate() {
        loads.window(load, std::slice::from_ref(column), row, 2)?;
        for channel in 0..3 {
            loads.put(load * 4 + channel as usize, *column, channel);
        }
    }
    Some(loads)
}

fn halves(group: &[Column], row: usize, shape: Shape, half: usize) -> Option<Loads> {
    let mut loads = Loads::EMPTY;
    for (load, four) in group.chunks(4).enumerate() {
        let two = four.chunks(2).nth(half).unwrap_or_default();
        loads.window(load, two, row, u32::from(shape == Shape::Pair))?;
        for (i, column) in two.iter().enumerate() {
            if shape == Shape::Pair {
                // Two of the first channel, two of the second.
                loads.put(load * 4 + i, *column, 0);
                loads.put(load * 4 + 2 + i, *column, 1);
            } else {
                loads.put(load * 4 + half * 2 + i, *column, 0);
            }
        }
    }
    Some(loads)
}
