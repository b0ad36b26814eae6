//! AVX-512 with VBMI, whose shuffle takes bytes from anywhere in a register: one load does what four do elsewhere.

#![expect(
    unsafe_code,
    reason = "loads from addresses that were computed once for a whole geometry"
)]

use std::arch::x86_64::{
    __m512i, _mm512_loadu_si512, _mm512_madd_epi16, _mm512_mask_permutexvar_epi8, _mm512_maskz_permutexvar_epi8,
    _mm512_shuffle_f32x4,
};

use super::{
    Lines,
    packed::{BROAD, Loads, PIXELS},
    x86::{array, blend_avx512},
};

/// The lower byte of each 16 bit lane, where [`Loads::masks`] has a byte.
const LOWER: u64 = 0x5555_5555_5555_5555;

/// # Safety
/// `base + BROAD` must not be greater than the row's length.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn window(row: &[u8], base: u32) -> __m512i {
    debug_assert!(base as usize + BROAD <= row.len());
    // SAFETY: the caller's promise; unaligned loads are allowed.
    unsafe { _mm512_loadu_si512(row.as_ptr().add(base as usize).cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn tables(loads: &Loads) -> [__m512i; 2] {
    // SAFETY: `Loads` holds one register of each.
    unsafe {
        [
            _mm512_loadu_si512(loads.masks.as_ptr().cast()),
            _mm512_loadu_si512(loads.weights.as_ptr().cast()),
        ]
    }
}

/// One plane.
///
/// # Safety
/// Every base of `loads` plus `BROAD` must not be greater than the length of either row.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub(super) unsafe fn single(lines: &Lines<'_>, loads: &[Loads], out: &mut [f32]) {
    for (loads, out) in loads.iter().zip(out.as_chunks_mut::<PIXELS>().0) {
        lines.fetch([loads.bases[0], loads.bases[1]]);
        let [mask, weights] = tables(loads);
        let sums = |row| {
            // SAFETY: the caller's promise.
            let [left, right] = unsafe { [window(row, loads.bases[0]), window(row, loads.bases[1])] };
            let left = _mm512_maskz_permutexvar_epi8(LOWER >> 32, mask, left);
            _mm512_madd_epi16(_mm512_mask_permutexvar_epi8(left, LOWER << 32, mask, right), weights)
        };
        *out = array(blend_avx512(lines, sums(lines.top), sums(lines.bottom)));
    }
}

/// Two interleaved channels.
///
/// # Safety
/// As [`single`].
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub(super) unsafe fn pair(lines: &Lines<'_>, loads: &[Loads], first: &mut [f32], second: &mut [f32]) {
    let out = first
        .as_chunks_mut::<PIXELS>()
        .0
        .iter_mut()
        .zip(second.as_chunks_mut::<PIXELS>().0);
    for (loads, (first, second)) in loads.as_chunks::<2>().0.iter().zip(out) {
        lines.fetch([loads[0].bases[0], loads[1].bases[0]]);
        let [a, b] = loads.each_ref().map(|loads| {
            let [mask, weights] = tables(loads);
            let sums = |row| {
                // SAFETY: the caller's promise.
                let bytes = unsafe { window(row, loads.bases[0]) };
                _mm512_madd_epi16(_mm512_maskz_permutexvar_epi8(LOWER, mask, bytes), weights)
            };
            blend_avx512(lines, sums(lines.top), sums(lines.bottom))
        });
        // Each has eight pixels of the first channel in its lower half, of the second in its upper one.
        *first = array(_mm512_shuffle_f32x4(a, b, 0b01_00_01_00));
        *second = array(_mm512_shuffle_f32x4(a, b, 0b11_10_11_10));
    }
}
