//! Which vector instructions this CPU has, found out once and handed around as a value.
//!
//! Crates with loops of their own for some instruction sets look at [`Isa::kind`]. Everywhere all of these loops give the
//! same results; they differ in speed only.

use std::fmt;

/// An instruction set that this CPU has. There is no other way to one than [`Isa::available`], so an `Isa` is proof of it:
/// calling functions for the [`Kind`] that it has is sound because of that.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Isa(Kind);

/// The instruction sets for which there are loops. Each kind of x86 has all that those before it have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What every CPU has; the reference.
    Scalar,
    /// AVX2.
    Avx2,
    /// AVX-512 F and BW.
    Avx512,
    /// The same with VBMI, which shuffles the bytes of a whole register of 64.
    Avx512Vbmi,
    /// NEON of 64-bit ARM.
    Neon,
}

impl Isa {
    /// What every CPU has; the reference.
    pub const SCALAR: Self = Self(Kind::Scalar);

    /// Those of this CPU, the reference first, the fastest last.
    #[cfg(target_arch = "x86_64")]
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        let avx2 = is_x86_feature_detected!("avx2");
        let avx512 = avx2 && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        let vbmi = avx512 && is_x86_feature_detected!("avx512vbmi");
        let found = [
            (true, Kind::Scalar),
            (avx2, Kind::Avx2),
            (avx512, Kind::Avx512),
            (vbmi, Kind::Avx512Vbmi),
        ];
        found.into_iter().filter_map(|(has, kind)| has.then_some(Self(kind)))
    }

    /// Those of this CPU, the reference first, the fastest last.
    #[cfg(target_arch = "aarch64")]
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        let neon = std::arch::is_aarch64_feature_detected!("neon");
        let found = [(true, Kind::Scalar), (neon, Kind::Neon)];
        found.into_iter().filter_map(|(has, kind)| has.then_some(Self(kind)))
    }

    /// Those of this CPU, the reference first, the fastest last.
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        std::iter::once(Self::SCALAR)
    }

    /// The fastest of this CPU.
    pub fn best() -> Self {
        Self::available().next_back().unwrap_or(Self::SCALAR)
    }

    /// Which one it is.
    #[inline]
    pub fn kind(self) -> Kind {
        self.0
    }
}

/// As its [`Kind`].
impl fmt::Debug for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_comes_first_and_the_best_last() {
        let all: Vec<Isa> = Isa::available().collect();
        assert_eq!((all.first(), all.last()), (Some(&Isa::SCALAR), Some(&Isa::best())));
        assert_eq!(format!("{:?}", Isa::SCALAR), "Scalar");
    }
}
