//! Functions of a byte, applied to tensors by looking each byte up: `out[i] = table[in[i]]`.
//!
//! In an 8-bit model every function of one value, however costly (SiLU, a sigmoid, any of them with a change of scale), has
//! 256 results. [`Table`] has them, and the fastest loop of this CPU that looks them up.

mod kernel;
mod table;

pub use luchs_isa::Isa;
pub use table::Table;
