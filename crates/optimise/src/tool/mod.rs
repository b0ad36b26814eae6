//! The part in Python: where it is, what it is asked, how far it is, what it said when it failed.
//!
//! Nothing of it is needed where models run; `tools/optimise` describes what it does and what goes in and out.

mod candidate;
mod child;
mod error;
mod place;
mod progress;
mod recipe;

pub use candidate::{Made, Tensor};
pub use child::{Control, Tool};
pub use error::ToolError;
pub use place::{Environment, Place};
