//! AVX-512 with VBMI: a shuffle takes bytes from anywhere in two registers, so two of them look 64 bytes up.

#![expect(unsafe_code, reason = "loads and stores through pointers")]

use std::arch::x86_64::{
    __m512i, _mm512_loadu_si512, _mm512_mask_blend_epi8, _mm512_mask_storeu_epi8, _mm512_maskz_loadu_epi8,
    _mm512_movepi8_mask, _mm512_permutex2var_epi8, _mm512_storeu_si512,
};

use crate::Table;

const BLOCK: usize = 64;

/// # Safety
/// As `super::map`.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub(super) unsafe fn map(table: &Table, from: *const u8, to: *mut u8, count: usize) {
    let quarters = table.entries.as_chunks::<BLOCK>().0;
    // SAFETY: 64 bytes each.
    let [a, b, c, d] = [0, 1, 2, 3].map(|at| unsafe { _mm512_loadu_si512(quarters[at].as_ptr().cast()) });
    // A shuffle takes the seven lower bits; the eighth says which of the two results counts.
    let look_up = |bytes: __m512i| {
        let (lower, upper) = (
            _mm512_permutex2var_epi8(a, bytes, b),
            _mm512_permutex2var_epi8(c, bytes, d),
        );
        _mm512_mask_blend_epi8(_mm512_movepi8_mask(bytes), lower, upper)
    };
    let whole = count - count % BLOCK;
    for at in (0..whole).step_by(BLOCK) {
        // SAFETY: the caller's promise; `at + BLOCK` is at most `count`.
        unsafe {
            let bytes = _mm512_loadu_si512(from.add(at).cast());
            _mm512_storeu_si512(to.add(at).cast(), look_up(bytes));
        }
    }
    let rest = (1_u64 << (count % BLOCK)) - 1;
    // SAFETY: bytes that the mask leaves out are neither read nor written, nor do they fault.
    unsafe {
        let bytes = _mm512_maskz_loadu_epi8(rest, from.add(whole).cast());
        _mm512_mask_storeu_epi8(to.add(whole).cast(), rest, look_up(bytes));
    }
}
