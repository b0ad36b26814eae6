//! AVX2, whose shuffle knows sixteen entries: one for each sixteen of the table.
//!
//! A shuffle gives 0 for a place whose highest bit is set, and else takes the lower four bits. So a byte is made smaller by 16
//! from shuffle to shuffle until it is negative, and each shuffle has what its entries differ in from those of the one
//! before (exclusive or): what is summed up when the byte has become negative is the entry. This reaches to 127; bytes from
//! 128 on are negative from the start, and go the same way with the highest bit turned.

#![expect(unsafe_code, reason = "loads and stores through pointers")]

use std::arch::x86_64::{
    __m128i, __m256i, _mm_loadu_si128, _mm256_broadcastsi128_si256, _mm256_loadu_si256, _mm256_set1_epi8,
    _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_storeu_si256, _mm256_subs_epi8, _mm256_xor_si256,
};

use super::scalar;
use crate::Table;

const REGISTER: usize = 32;
/// Registers of a round: the table is loaded once for all of them.
const REGISTERS: usize = 4;

/// # Safety
/// As `super::map`.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn map(table: &Table, from: *const u8, to: *mut u8, count: usize) {
    let mut at = 0;
    // SAFETY: the caller's promise; no round reaches past `count`.
    unsafe {
        while at + REGISTERS * REGISTER <= count {
            round::<REGISTERS>(table, from.add(at), to.add(at));
            at += REGISTERS * REGISTER;
        }
        while at + REGISTER <= count {
            round::<1>(table, from.add(at), to.add(at));
            at += REGISTER;
        }
        scalar(table, from.add(at), to.add(at), count - at);
    }
}

/// Looks `N` registers up.
///
/// # Safety
/// As `super::map` for that many bytes.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn round<const N: usize>(table: &Table, from: *const u8, to: *mut u8) {
    let (sixteen, highest) = (_mm256_set1_epi8(16), _mm256_set1_epi8(i8::MIN));
    let mut bytes = [_mm256_setzero_si256(); N];
    let mut found = bytes;
    for (index, bytes) in bytes.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        *bytes = unsafe { _mm256_loadu_si256(from.add(index * REGISTER).cast()) };
    }
    for half in table.steps.as_chunks::<128>().0 {
        for entries in half.as_chunks::<16>().0 {
            // SAFETY: sixteen bytes.
            let entries: __m128i = unsafe { _mm_loadu_si128(entries.as_ptr().cast()) };
            let entries = _mm256_broadcastsi128_si256(entries);
            for (found, bytes) in found.iter_mut().zip(&mut bytes) {
                *found = _mm256_xor_si256(*found, _mm256_shuffle_epi8(entries, *bytes));
                // Stays negative at the lower end.
                *bytes = _mm256_subs_epi8(*bytes, sixteen);
            }
        }
        for (index, bytes) in bytes.iter_mut().enumerate() {
            // SAFETY: the caller's promise; nothing was written yet.
            let again: __m256i = unsafe { _mm256_loadu_si256(from.add(index * REGISTER).cast()) };
            *bytes = _mm256_xor_si256(again, highest);
        }
    }
    for (index, found) in found.into_iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { _mm256_storeu_si256(to.add(index * REGISTER).cast(), found) };
    }
}
