//! The loop, once for each instruction set. All give the same bytes.
//!
//! They take pointers, so that one loop serves both ways, from one place to another and in place: every loop reads all that
//! it takes in one round before it writes any of it.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod vbmi;

use luchs_isa::{Isa, Kind};

use crate::Table;

/// Looks `count` bytes up.
///
/// # Safety
/// `from` must be good for reading and `to` for writing `count` bytes. The two must be the same or not overlap.
#[expect(unsafe_code, reason = "functions for an instruction set, on pointers")]
pub(crate) unsafe fn map(table: &Table, isa: Isa, from: *const u8, to: *mut u8, count: usize) {
    // SAFETY: `isa` is proof of the CPU's; the rest is the caller's promise.
    unsafe {
        match isa.kind() {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512Vbmi => vbmi::map(table, from, to, count),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 | Kind::Avx512 => avx2::map(table, from, to, count),
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => neon::map(table, from, to, count),
            _ => scalar(table, from, to, count),
        }
    }
}

/// The reference, and what the others leave over.
///
/// # Safety
/// As [`map`].
#[inline]
#[expect(unsafe_code, reason = "the same pointers as the other loops")]
unsafe fn scalar(table: &Table, from: *const u8, to: *mut u8, count: usize) {
    for at in 0..count {
        // SAFETY: the caller's promise.
        unsafe { *to.add(at) = table.entries[usize::from(*from.add(at))] };
    }
}
