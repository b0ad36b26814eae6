//! Samples a row of a plane with the fastest loop that fits.

use luchs_isa::{Isa, Kind};

#[cfg(target_arch = "aarch64")]
use super::neon;
use super::{Columns, Lines, packed::Shape, scalar};
#[cfg(target_arch = "x86_64")]
use super::{vbmi, x86};

/// Samples a plane of one channel. `out` has [`Columns::room`] for the columns.
#[expect(unsafe_code, reason = "functions for an instruction set")]
pub(crate) fn single(isa: Isa, lines: &Lines<'_>, columns: &Columns, out: &mut [f32]) {
    let (shape, loads) = (columns.packed.shape(), columns.packed.loads([lines.top, lines.bottom]));
    // SAFETY: `isa` is proof of the CPU's; `loads` returns only what stays inside both rows.
    unsafe {
        match (isa.kind(), shape) {
            #[cfg(target_arch = "x86_64")]
            (Kind::Avx512Vbmi, Shape::Broad) => vbmi::single(lines, loads, out),
            #[cfg(target_arch = "x86_64")]
            (Kind::Avx512 | Kind::Avx512Vbmi, Shape::Narrow) => x86::single_avx512::<1>(lines, loads, out),
            #[cfg(target_arch = "x86_64")]
            (Kind::Avx512 | Kind::Avx512Vbmi, Shape::Wide) => x86::single_avx512::<2>(lines, loads, out),
            #[cfg(target_arch = "x86_64")]
            (Kind::Avx2, Shape::Narrow) => x86::single_avx2::<1>(lines, loads, out),
            #[cfg(target_arch = "x86_64")]
            (Kind::Avx2, Shape::Wide) => x86::single_avx2::<2>(lines, loads, out),
            #[cfg(target_arch = "aarch64")]
            (Kind::Neon, Shape::Narrow) => neon::single::<1>(lines, loads, out),
            #[cfg(target_arch = "aarch64")]
            (Kind::Neon, Shape::Wide) => neon::single::<2>(lines, loads, out),
            _ => scalar::taps(lines, columns, [0], [out]),
        }
    }
}

/// Samples a plane of two interleaved channels.
#[expect(unsafe_code, reason = "functions for an instruction set")]
pub(crate) fn pair(isa: Isa, lines: &Lines<'_>, columns: &Columns, first: &mut [f32], second: &mut [f32]) {
    let (shape, loads) = (columns.packed.shape(), columns.packed.loads([lines.top, lines.bottom]));
    // SAFETY: as in `single`.
    unsafe {
        match (isa.kind(), shape) {
            #[cfg(target_arch = "x86_64")]
            (Kind::Avx512Vbmi, Shape::BroadPair) => vbmi::pair(lines, loads, first, second),
            #[cfg(target_arch = "x86_64")]
            (Kind::Avx512 | Kind::Avx512Vbmi, Shape::Pair) => x86::pair_avx512(lines, loads, first, second),
            #[cfg(target_arch = "x86_64")]
            (Kind::Avx2, Shape::Pair) => x86::pair_avx2(lines, loads, first, second),
            #[cfg(target_arch = "aarch64")]
            (Kind::Neon, Shape::Pair) => neon::pair(lines, loads, first, second),
            _ => scalar::taps(lines, columns, [0, 1], [first, second]),
        }
    }
}

/// Samples the first three channels of a plane of pixels, in the order of the bytes.
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "functions for an instruction set")
)]
pub(crate) fn triple(isa: Isa, lines: &Lines<'_>, columns: &Columns, out: [&mut [f32]; 3]) {
    #[cfg(target_arch = "x86_64")]
    {
        let (shape, loads) = (columns.packed.shape(), columns.packed.loads([lines.top, lines.bottom]));
        if isa.kind() != Kind::Scalar && shape == Shape::Triple {
            // SAFETY: as in `single`; every other kind has AVX2.
            return unsafe { x86::triple_avx2(lines, loads, out) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = isa;
    scalar::taps(lines, columns, [0, 1, 2], out);
}
