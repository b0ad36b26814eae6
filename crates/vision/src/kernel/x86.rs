//! AVX2 and AVX-512. Hand-written because byte shuffles are what makes the taps fast, and no loop becomes one by itself.

#![expect(
    unsafe_code,
    reason = "loads from addresses that were computed once for a whole geometry"
)]

use std::arch::x86_64::{
    __m128i, __m256i, __m512, __m512i, _mm_loadu_si128, _mm256_add_ps, _mm256_castsi128_si256, _mm256_cvtepi32_ps,
    _mm256_inserti128_si256, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_mul_ps, _mm256_or_si256, _mm256_set1_ps,
    _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_unpackhi_epi64, _mm256_unpacklo_epi64, _mm512_add_ps,
    _mm512_castsi128_si512, _mm512_cvtepi32_ps, _mm512_inserti32x4, _mm512_loadu_si512, _mm512_madd_epi16,
    _mm512_mul_ps, _mm512_or_si512, _mm512_set1_ps, _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi64,
};

use super::{
    Lines,
    packed::{Loads, PIXELS, WINDOW},
};

/// Sixteen bytes.
///
/// # Safety
/// `base + WINDOW` must not be greater than the row's length.
#[inline(always)]
#[expect(clippy::inline_always, reason = "one instruction")]
unsafe fn window(row: &[u8], base: u32) -> __m128i {
    debug_assert!(base as usize + WINDOW <= row.len());
    // SAFETY: the caller's promise; unaligned loads are allowed.
    unsafe { _mm_loadu_si128(row.as_ptr().add(base as usize).cast()) }
}

/// Sums of eight lanes of one row; `half`: which eight.
///
/// # Safety
/// As [`window`], for all bases.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn sums_avx2(row: &[u8], loads: &Loads, half: usize) -> __m256i {
    let bases = [loads.bases[half * 2], loads.bases[half * 2 + 1]];
    // SAFETY: the caller's promise; `Loads` holds two of each.
    unsafe {
        let bytes = _mm256_inserti128_si256(_mm256_castsi128_si256(window(row, bases[0])), window(row, bases[1]), 1);
        let mask = _mm256_loadu_si256(loads.masks.as_ptr().add(half * 32).cast());
        let weights = _mm256_loadu_si256(loads.weights.as_ptr().add(half * 16).cast());
        _mm256_madd_epi16(_mm256_shuffle_epi8(bytes, mask), weights)
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn blend_avx2(lines: &Lines<'_>, top: __m256i, bottom: __m256i) -> [f32; 8] {
    let (upper, lower) = (_mm256_set1_ps(lines.upper), _mm256_set1_ps(lines.lower));
    let blended = _mm256_add_ps(
        _mm256_mul_ps(_mm256_cvtepi32_ps(top), upper),
        _mm256_mul_ps(_mm256_cvtepi32_ps(bottom), lower),
    );
    // SAFETY: the same size, and every pattern of bits is a float.
    unsafe { std::mem::transmute(blended) }
}

/// One plane. `N` loads of `Loads` a group: 1 narrow, 2 wide.
///
/// # Safety
/// Every base of `loads` plus `WINDOW` must not be greater than the length of either row.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn single_avx2<const N: usize>(lines: &Lines<'_>, loads: &[Loads], out: &mut [f32]) {
    for (loads, out) in loads.as_chunks::<N>().0.iter().zip(out.as_chunks_mut::<PIXELS>().0) {
        lines.fetch([loads[0].bases[0], loads[0].bases[2]]);
        for (half, out) in out.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            let sums = |row| {
                let mut sums = _mm256_setzero_si256();
                for loads in loads {
                    // SAFETY: the caller's promise. The loads of one group fill lanes of their own.
                    sums = _mm256_or_si256(sums, unsafe { sums_avx2(row, loads, half) });
                }
                sums
            };
            *out = blend_avx2(lines, sums(lines.top), sums(lines.bottom));
        }
    }
}

/// Two interleaved channels.
///
/// # Safety
/// As [`single_avx2`].
#[target_feature(enable = "avx2")]
pub(super) unsafe fn pair_avx2(lines: &Lines<'_>, loads: &[Loads], first: &mut [f32], second: &mut [f32]) {
    let out = first
        .as_chunks_mut::<PIXELS>()
        .0
        .iter_mut()
        .zip(second.as_chunks_mut::<PIXELS>().0);
    for (loads, (first, second)) in loads.as_chunks::<2>().0.iter().zip(out) {
        lines.fetch([loads[0].bases[0], loads[0].bases[2]]);
        let out = first
            .as_chunks_mut::<8>()
            .0
            .iter_mut()
            .zip(second.as_chunks_mut::<8>().0);
        for (half, (first, second)) in out.enumerate() {
            // SAFETY: the caller's promise.
            let sums = |row| unsafe { [sums_avx2(row, &loads[0], half), sums_avx2(row, &loads[1], half)] };
            let ([a, b], [c, d]) = (sums(lines.top), sums(lines.bottom));
            *first = blend_avx2(lines, _mm256_unpacklo_epi64(a, b), _mm256_unpacklo_epi64(c, d));
            *second = blend_avx2(lines, _mm256_unpackhi_epi64(a, b), _mm256_unpackhi_epi64(c, d));
        }
    }
}

/// Three interleaved channels. Neither wider registers nor asking for rows ahead gain anything here: taking the pixels
/// apart is what costs.
///
/// # Safety
/// As [`single_avx2`].
#[target_feature(enable = "avx2")]
pub(super) unsafe fn triple_avx2(lines: &Lines<'_>, loads: &[Loads], [a, b, c]: [&mut [f32]; 3]) {
    let out = a.as_chunks_mut::<4>().0.iter_mut().zip(b.as_chunks_mut::<4>().0);
    for (loads, ((a, b), c)) in loads.iter().zip(out.zip(c.as_chunks_mut::<4>().0)) {
        // SAFETY: the caller's promise.
        let sums = |row, half| unsafe { sums_avx2(row, loads, half) };
        for half in 0..2 {
            let pixels = blend_avx2(lines, sums(lines.top, half), sums(lines.bottom, half));
            for (i, pixel) in pixels.as_chunks::<4>().0.iter().enumerate() {
                [a[half * 2 + i], b[half * 2 + i], c[half * 2 + i], _] = *pixel;
            }
        }
    }
}

/// Sums of sixteen lanes of one row.
///
/// # Safety
/// As [`window`], for all bases.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn sums_avx512(row: &[u8], loads: &Loads) -> __m512i {
    // SAFETY: the caller's promise; `Loads` holds one of each.
    unsafe {
        let bytes = _mm512_castsi128_si512(window(row, loads.bases[0]));
        let bytes = _mm512_inserti32x4(bytes, window(row, loads.bases[1]), 1);
        let bytes = _mm512_inserti32x4(bytes, window(row, loads.bases[2]), 2);
        let bytes = _mm512_inserti32x4(bytes, window(row, loads.bases[3]), 3);
        let mask = _mm512_loadu_si512(loads.masks.as_ptr().cast());
        let weights = _mm512_loadu_si512(loads.weights.as_ptr().cast());
        _mm512_madd_epi16(_mm512_shuffle_epi8(bytes, mask), weights)
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn blend_avx512(lines: &Lines<'_>, top: __m512i, bottom: __m512i) -> __m512 {
    let (upper, lower) = (_mm512_set1_ps(lines.upper), _mm512_set1_ps(lines.lower));
    _mm512_add_ps(
        _mm512_mul_ps(_mm512_cvtepi32_ps(top), upper),
        _mm512_mul_ps(_mm512_cvtepi32_ps(bottom), lower),
    )
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn array(register: __m512) -> [f32; PIXELS] {
    // SAFETY: the same size, and every pattern of bits is a float.
    unsafe { std::mem::transmute(register) }
}

/// One plane. `N` loads of `Loads` a group: 1 narrow, 2 wide.
///
/// # Safety
/// As [`single_avx2`].
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) unsafe fn single_avx512<const N: usize>(lines: &Lines<'_>, loads: &[Loads], out: &mut [f32]) {
    for (loads, out) in loads.as_chunks::<N>().0.iter().zip(out.as_chunks_mut::<PIXELS>().0) {
        lines.fetch([loads[0].bases[0], loads[0].bases[2]]);
        let sums = |row| {
            let mut sums = _mm512_setzero_si512();
            for loads in loads {
                // SAFETY: the caller's promise. The loads of one group fill lanes of their own.
                sums = _mm512_or_si512(sums, unsafe { sums_avx512(row, loads) });
            }
            sums
        };
        *out = array(blend_avx512(lines, sums(lines.top), sums(lines.bottom)));
    }
}

/// Two interleaved channels.
///
/// # Safety
/// As [`single_avx2`].
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) unsafe fn pair_avx512(lines: &Lines<'_>, loads: &[Loads], first: &mut [f32], second: &mut [f32]) {
    let out = first
        .as_chunks_mut::<PIXELS>()
        .0
        .iter_mut()
        .zip(second.as_chunks_mut::<PIXELS>().0);
    for (loads, (first, second)) in loads.as_chunks::<2>().0.iter().zip(out) {
        lines.fetch([loads[0].bases[0], loads[0].bases[2]]);
        // SAFETY: the caller's promise.
        let sums = |row| unsafe { [sums_avx512(row, &loads[0]), sums_avx512(row, &loads[1])] };
        let ([a, b], [c, d]) = (sums(lines.top), sums(lines.bottom));
        *first = array(blend_avx512(
            lines,
            _mm512_unpacklo_epi64(a, b),
            _mm512_unpacklo_epi64(c, d),
        ));
        *second = array(blend_avx512(
            lines,
            _mm512_unpackhi_epi64(a, b),
            _mm512_unpackhi_epi64(c, d),
        ));
    }
}
