//! A model on disk: its passport, digests, labels, and a look into the ONNX file before it is trusted.
//!
//! [`Model::load`] reads a file once, hashes those bytes, compares them with the passport, looks into them, and keeps
//! them: the runtime gets exactly what was checked.

pub mod digest;
mod inspect;
pub mod lint;
mod load;
pub mod onnx;
pub mod passport;
mod read;
pub mod recipe;

pub use digest::{Digest, DigestError};
pub use lint::LintError;
pub use load::{LoadError, Model};
pub use passport::{Passport, PassportError, Thresholds};
pub use recipe::{Recipe, RecipeError};
