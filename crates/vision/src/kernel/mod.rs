//! The inner loops, once for each instruction set. All give the same bits: the taps are whole numbers, and the
//! floating point is the same few multiplications and additions everywhere (Rust never fuses them by itself).

mod columns;
mod finish;
mod lines;
#[cfg(target_arch = "aarch64")]
mod neon;
mod packed;
mod scalar;
mod taps;
#[cfg(target_arch = "x86_64")]
mod vbmi;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use columns::{Column, Columns};
pub(crate) use finish::{Element, Finish, Target, finish};
pub(crate) use lines::Lines;
pub(crate) use taps::{pair, single, triple};
