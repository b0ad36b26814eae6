//! A model on disk: its passport, signature, digests, labels, and a look into the ONNX file before it is trusted.
//!
//! [`Candidate::read`] reads a file once, hashes those bytes, compares them with the passport, looks into them, and keeps
//! them: the runtime gets exactly what was checked. [`Candidate::settle`] makes it a [`Model`] of a known family; for a
//! bare file that leaves its output shapes open the runtime has to try it first (`luchs_infer::ModelSource` does).

mod candidate;
mod description;
pub mod digest;
mod error;
mod inspect;
pub mod lint;
mod model;
mod modelinfo;
pub mod onnx;
mod operator;
pub mod passport;
mod python;
mod read;
pub mod recipe;
mod target_size;
pub mod trust;

pub use candidate::{Candidate, Trial};
pub use digest::{Digest, DigestError};
pub use error::LoadError;
pub use lint::LintError;
pub use model::{Model, OnnxFile};
pub use modelinfo::ModelInfoError;
pub use operator::{Operator, UnknownOperator};
pub use passport::{Passport, PassportError, Thresholds};
pub use recipe::{Recipe, RecipeError};
pub use trust::{Demand, Signer, Trust, TrustError};
