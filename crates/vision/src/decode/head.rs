//! What each family's file has to give.

use std::fmt;

use super::{candidates::Candidates, error::DecodeError};
use crate::Tensor;

/// The reading of one family's outputs.
pub(super) trait Head: fmt::Debug + Send + Sync {
    /// Names of the outputs it reads.
    fn outputs(&self) -> Vec<&str>;

    /// Adds what the outputs of one frame hold.
    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError>;
}
