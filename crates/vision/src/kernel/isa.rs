//! Which instruction set a preprocessor uses.

use std::fmt;

/// An instruction set that this CPU has. All fill a tensor with the same bits; they differ in speed only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Isa(Kind);

/// Kept private, so that an [`Isa`] is proof that the CPU has it: calling its functions is sound because of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx512Vbmi,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Isa {
    /// What every CPU has; the reference.
    pub const SCALAR: Self = Self(Kind::Scalar);

    /// Those of this CPU, the reference first, the fastest last.
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let avx512 = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        let found = [
            Some(Self::SCALAR),
            #[cfg(target_arch = "x86_64")]
            is_x86_feature_detected!("avx2").then_some(Self(Kind::Avx2)),
            #[cfg(target_arch = "x86_64")]
            avx512.then_some(Self(Kind::Avx512)),
            #[cfg(target_arch = "x86_64")]
            (avx512 && is_x86_feature_detected!("avx512vbmi")).then_some(Self(Kind::Avx512Vbmi)),
            #[cfg(target_arch = "aarch64")]
            std::arch::is_aarch64_feature_detected!("neon").then_some(Self(Kind::Neon)),
        ];
        found.into_iter().flatten()
    }

    /// The fastest of this CPU.
    pub fn best() -> Self {
        Self::available().next_back().unwrap_or(Self::SCALAR)
    }

    /// Whether it shuffles the bytes of a whole register of 64.
    pub(super) fn has_broad_loads(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return self.0 == Kind::Avx512Vbmi;
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    pub(super) fn kind(self) -> Kind {
        self.0
    }
}

impl fmt::Debug for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
