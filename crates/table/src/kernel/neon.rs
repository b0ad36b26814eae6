//! NEON, whose shuffle knows 64 entries and leaves alone what lies outside: four of them are the table.

#![expect(unsafe_code, reason = "loads and stores through pointers")]

use std::arch::aarch64::{
    uint8x16_t, uint8x16x4_t, vdupq_n_u8, vld1q_u8, vld1q_u8_x4, vqtbl4q_u8, vqtbx4q_u8, vst1q_u8, vsubq_u8,
};

use super::scalar;
use crate::Table;

const REGISTER: usize = 16;

/// # Safety
/// As `super::map`.
#[target_feature(enable = "neon")]
pub(super) unsafe fn map(table: &Table, from: *const u8, to: *mut u8, count: usize) {
    let quarters = table.entries.as_chunks::<64>().0;
    // SAFETY: 64 bytes each.
    let quarters = [0, 1, 2, 3].map(|at| unsafe { vld1q_u8_x4(quarters[at].as_ptr()) });
    let whole = count - count % REGISTER;
    for at in (0..whole).step_by(REGISTER) {
        // SAFETY: the caller's promise; `at + REGISTER` is at most `count`.
        unsafe {
            let bytes = vld1q_u8(from.add(at));
            vst1q_u8(to.add(at), look_up(quarters, bytes));
        }
    }
    // SAFETY: the caller's promise.
    unsafe { scalar(table, from.add(whole), to.add(whole), count - whole) };
}

#[inline]
#[target_feature(enable = "neon")]
fn look_up([first, second, third, fourth]: [uint8x16x4_t; 4], bytes: uint8x16_t) -> uint8x16_t {
    let quarter = vdupq_n_u8(64);
    // Smaller by 64 each time: below 0 it wraps around, and is outside for good.
    let second_place = vsubq_u8(bytes, quarter);
    let third_place = vsubq_u8(second_place, quarter);
    let fourth_place = vsubq_u8(third_place, quarter);
    let found = vqtbl4q_u8(first, bytes);
    let found = vqtbx4q_u8(found, second, second_place);
    let found = vqtbx4q_u8(found, third, third_place);
    vqtbx4q_u8(found, fourth, fourth_place)
}
