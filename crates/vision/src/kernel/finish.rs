//! From a sampled row to a row of the tensor: colour, normalization, element type and order.
//!
//! Plain loops that the compiler turns into vectors, compiled once for each instruction set.

#![expect(
    clippy::inline_always,
    reason = "loops have to take on the instruction set of their caller"
)]

use luchs_isa::Isa;
#[cfg(target_arch = "x86_64")]
use luchs_isa::Kind;

use crate::{ColorOrder, ElementType, color::YuvToRgb};

/// An element of the tensor.
pub(crate) trait Element: Copy {
    const TYPE: ElementType;

    fn new(value: f32) -> Self;
}

impl Element for f32 {
    const TYPE: ElementType = ElementType::F32;

    #[inline(always)]
    fn new(value: f32) -> Self {
        value
    }
}

impl Element for u8 {
    const TYPE: ElementType = ElementType::U8;

    #[inline(always)]
    fn new(value: f32) -> Self {
        // Half a mantissa's worth is added, so that the lowest bits are the rounded number: a cast checks for NaN and
        // the limits again, which costs more than all the rest. What is no number becomes 0. Greater numbers have
        // greater bits; the same limit for floats would be applied to each byte after packing.
        let positive = if value > 0.0 { value } else { 0.0 };
        (positive + 8_388_608.0).to_bits().min(0x4b00_00ff) as Self
    }
}

/// Where a row goes.
pub(crate) enum Target<'a, T> {
    /// A row of each channel.
    Planes([&'a mut [T]; 3]),
    /// Pixels.
    Pixels(&'a mut [[T; 3]]),
}

/// What happens to a sampled row: colours and normalization in one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finish {
    order: ColorOrder,
    /// Of each channel of the tensor: the value is level · gain + bias.
    gain: [f32; 3],
    bias: [f32; 3],
    /// If the row is Y, U and V.
    yuv: Option<Colors>,
}

/// Of each channel of the tensor: what Y, U, V and a constant add, and the values of black and white in ascending order.
#[derive(Clone, Copy, Debug)]
struct Colors {
    factors: [[f32; 4]; 3],
    limits: [[f32; 2]; 3],
}

impl Finish {
    /// `yuv`: if the row is Y, U and V. `gain` and `bias`: of each channel of the tensor, whose first one is that of
    /// `order`.
    pub(crate) fn new(yuv: Option<YuvToRgb>, order: ColorOrder, gain: [f32; 3], bias: [f32; 3]) -> Self {
        let colors = |YuvToRgb([r, g, b]): YuvToRgb| {
            let mut factors = match order {
                ColorOrder::Rgb => [r, g, b],
                ColorOrder::Bgr => [b, g, r],
            };
            let mut limits = [[0.0; 2]; 3];
            for (i, factors) in factors.iter_mut().enumerate() {
                *factors = factors.map(|factor| factor * gain[i]);
                factors[3] += bias[i];
                let (black, white) = (bias[i], 255.0 * gain[i] + bias[i]);
                limits[i] = [black.min(white), black.max(white)];
            }
            Colors { factors, limits }
        };
        Self {
            order,
            gain,
            bias,
            yuv: yuv.map(colors),
        }
    }
}

/// To the limits; what is no number becomes the lower one. Two instructions, unlike `f32::clamp`, which keeps NaN.
#[inline(always)]
fn clamp(value: f32, [low, high]: [f32; 2]) -> f32 {
    let value = if value > low { value } else { low };
    if value < high { value } else { high }
}

/// Writes the row: red, green and blue, or Y, U and V, each at least as long as the target.
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "functions for an instruction set")
)]
pub(crate) fn finish<T: Element>(isa: Isa, row: [&[f32]; 3], how: &Finish, target: Target<'_, T>) {
    match isa.kind() {
        // SAFETY: `isa` is proof of the CPU's.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => unsafe { avx2(row, how, target) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 | Kind::Avx512Vbmi => unsafe { avx512(row, how, target) },
        // The target has NEON anyway.
        _ => all(row, how, target),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<T: Element>(row: [&[f32]; 3], how: &Finish, target: Target<'_, T>) {
    all(row, how, target);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
fn avx512<T: Element>(row: [&[f32]; 3], how: &Finish, target: Target<'_, T>) {
    all(row, how, target);
}

#[inline(always)]
fn all<T: Element>(row: [&[f32]; 3], how: &Finish, target: Target<'_, T>) {
    let ([g0, g1, g2], [b0, b1, b2]) = (how.gain, how.bias);
    if let Some(Colors { factors, limits }) = how.yuv {
        let [[y0, u0, v0, c0], [y1, u1, v1, c1], [y2, u2, v2, c2]] = factors;
        let [l0, l1, l2] = limits;
        let green = |y, u, v| clamp((y * y1 + c1) + (u * u1 + v * v1), l1);
        match how.order {
            ColorOrder::Rgb => write(row, target, |y: f32, u: f32, v: f32| {
                let (first, last) = ((y * y0 + c0) + v * v0, (y * y2 + c2) + u * u2);
                [clamp(first, l0), green(y, u, v), clamp(last, l2)]
            }),
            ColorOrder::Bgr => write(row, target, |y: f32, u: f32, v: f32| {
                let (first, last) = ((y * y0 + c0) + u * u0, (y * y2 + c2) + v * v2);
                [clamp(first, l0), green(y, u, v), clamp(last, l2)]
            }),
        }
    } else {
        let [r, g, b] = row;
        let row = match how.order {
            ColorOrder::Rgb => [r, g, b],
            ColorOrder::Bgr => [b, g, r],
        };
        write(row, target, |x, y, z| [x * g0 + b0, y * g1 + b1, z * g2 + b2]);
    }
}

#[inline(always)]
fn write<T: Element>(
    [one, two, three]: [&[f32]; 3],
    target: Target<'_, T>,
    convert: impl Fn(f32, f32, f32) -> [f32; 3],
) {
    let pixel = |x: &f32, y: &f32, z: &f32| convert(*x, *y, *z).map(T::new);
    match target {
        Target::Planes([a, b, c]) => {
            let row = one.iter().zip(two).zip(three);
            for (((a, b), c), ((x, y), z)) in a.iter_mut().zip(b).zip(c).zip(row) {
                [*a, *b, *c] = pixel(x, y, z);
            }
        }
        Target::Pixels(pixels) => {
            for (((out, x), y), z) in pixels.iter_mut().zip(one).zip(two).zip(three) {
                *out = pixel(x, y, z);
            }
        }
    }
}
