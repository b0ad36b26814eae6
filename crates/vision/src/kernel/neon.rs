//! NEON. Hand-written for the same reason as its x86 counterpart: table look-ups make the taps fast.

#![expect(
    unsafe_code,
    reason = "loads from addresses that were computed once for a whole geometry"
)]

use std::arch::aarch64::{
    int32x4_t, vaddq_f32, vcombine_s32, vcvtq_f32_s32, vdupq_n_s32, vget_high_s32, vget_low_s16, vget_low_s32,
    vld1q_s16, vld1q_u8, vmull_high_s16, vmull_s16, vmulq_n_f32, vorrq_s32, vpaddq_s32, vqtbl1q_u8,
    vreinterpretq_s16_u8,
};

use super::{
    Lines,
    packed::{Loads, PIXELS, WINDOW},
};

/// Sums of four lanes of one row; `load`: which four.
///
/// # Safety
/// All bases of `loads` plus `WINDOW` must not be greater than the row's length.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn sums(row: &[u8], loads: &Loads, load: usize) -> int32x4_t {
    let base = loads.bases[load] as usize;
    debug_assert!(base + WINDOW <= row.len());
    // SAFETY: the caller's promise; `Loads` holds four of each.
    unsafe {
        let bytes = vld1q_u8(row.as_ptr().add(base));
        // Places beyond the sixteenth, as 0x80, give 0.
        let samples = vreinterpretq_s16_u8(vqtbl1q_u8(bytes, vld1q_u8(loads.masks.as_ptr().add(load * 16))));
        let weights = vld1q_s16(loads.weights.as_ptr().add(load * 8));
        vpaddq_s32(
            vmull_s16(vget_low_s16(samples), vget_low_s16(weights)),
            vmull_high_s16(samples, weights),
        )
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn blend(lines: &Lines<'_>, top: int32x4_t, bottom: int32x4_t) -> [f32; 4] {
    let blended = vaddq_f32(
        vmulq_n_f32(vcvtq_f32_s32(top), lines.upper),
        vmulq_n_f32(vcvtq_f32_s32(bottom), lines.lower),
    );
    // SAFETY: the same size, and every pattern of bits is a float.
    unsafe { std::mem::transmute(blended) }
}

/// One plane. `N` loads of `Loads` a group: 1 narrow, 2 wide.
///
/// # Safety
/// Every base of `loads` plus `WINDOW` must not be greater than the length of either row.
#[target_feature(enable = "neon")]
pub(super) unsafe fn single<const N: usize>(lines: &Lines<'_>, loads: &[Loads], out: &mut [f32]) {
    for (loads, out) in loads.as_chunks::<N>().0.iter().zip(out.as_chunks_mut::<PIXELS>().0) {
        lines.fetch([loads[0].bases[0], loads[0].bases[2]]);
        for (load, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let sums = |row| {
                let mut all = vdupq_n_s32(0);
                for loads in loads {
                    // SAFETY: the caller's promise. The loads of one group fill lanes of their own.
                    all = vorrq_s32(all, unsafe { sums(row, loads, load) });
                }
                all
            };
            *out = blend(lines, sums(lines.top), sums(lines.bottom));
        }
    }
}

/// Two interleaved channels.
///
/// # Safety
/// As [`single`].
#[target_feature(enable = "neon")]
pub(super) unsafe fn pair(lines: &Lines<'_>, loads: &[Loads], first: &mut [f32], second: &mut [f32]) {
    let out = first
        .as_chunks_mut::<PIXELS>()
        .0
        .iter_mut()
        .zip(second.as_chunks_mut::<PIXELS>().0);
    for (loads, (first, second)) in loads.as_chunks::<2>().0.iter().zip(out) {
        lines.fetch([loads[0].bases[0], loads[0].bases[2]]);
        let out = first
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .zip(second.as_chunks_mut::<4>().0);
        for (load, (first, second)) in out.enumerate() {
            // SAFETY: the caller's promise.
            let sums = |row| unsafe { [sums(row, &loads[0], load), sums(row, &loads[1], load)] };
            let ([a, b], [c, d]) = (sums(lines.top), sums(lines.bottom));
            *first = blend(lines, low(a, b), low(c, d));
            *second = blend(lines, high(a, b), high(c, d));
        }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn low(a: int32x4_t, b: int32x4_t) -> int32x4_t {
    vcombine_s32(vget_low_s32(a), vget_low_s32(b))
}

#[inline]
#[target_feature(enable = "neon")]
fn high(a: int32x4_t, b: int32x4_t) -> int32x4_t {
    vcombine_s32(vget_high_s32(a), vget_high_s32(b))
}
