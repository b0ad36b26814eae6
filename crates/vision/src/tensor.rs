//! Tensors as they cross the border to a model runtime.

use std::fmt;

/// What a model says about one of its inputs or outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name.
    pub name: String,
    /// Its dimensions; −1 where the model leaves it open.
    pub shape: Vec<i64>,
    /// Its element type as Rust calls it: `f32`, `u8`, `i64` …
    pub element: String,
}

/// An output of a model for one frame: the first dimension, the batch, is 1.
#[derive(Clone, Copy)]
pub struct Tensor<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its dimensions.
    pub shape: &'a [usize],
    /// Its elements, the last dimension running fastest.
    pub data: &'a [f32],
}

impl fmt::Display for TensorInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} [", self.name, self.element)?;
        for (i, side) in self.shape.iter().enumerate() {
            f.write_str(if i == 0 { "" } else { ", " })?;
            if *side < 0 {
                f.write_str("?")?;
            } else {
                write!(f, "{side}")?;
            }
        }
        f.write_str("]")
    }
}

impl fmt::Debug for Tensor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor({} {:?})", self.name, self.shape)
    }
}

/// A list for an error message.
pub(crate) fn list(infos: &[TensorInfo]) -> String {
    if infos.is_empty() {
        return "none".to_owned();
    }
    infos.iter().map(TensorInfo::to_string).collect::<Vec<_>>().join(", ")
}
