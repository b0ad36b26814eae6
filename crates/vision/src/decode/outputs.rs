//! Finding tensors by name and checking their shape.

use crate::{DecodeError, Tensor};

/// The tensor called `name` if its shape is one that `fits`. `expected` describes those shapes.
pub(super) fn find<'a>(
    outputs: &[Tensor<'a>],
    name: &str,
    expected: &str,
    fits: impl Fn(&[usize]) -> bool,
) -> Result<Tensor<'a>, DecodeError> {
    let Some(tensor) = outputs.iter().find(|tensor| tensor.name == name) else {
        let seen = outputs.iter().map(|tensor| tensor.name).collect::<Vec<_>>().join(", ");
        return Err(DecodeError::Missing {
            name: name.to_owned(),
            seen,
        });
    };
    if !fits(tensor.shape) {
        return Err(shape(tensor, expected.to_owned()));
    }
    let elements = tensor
        .shape
        .iter()
        .map(|&side| side as u128)
        .try_fold(1u128, u128::checked_mul);
    if elements != Some(tensor.data.len() as u128) {
        let (expected, got) = (elements.unwrap_or(u128::MAX), tensor.data.len());
        return Err(DecodeError::Length {
            name: name.to_owned(),
            shape: tensor.shape.to_vec(),
            expected,
            got,
        });
    }
    Ok(*tensor)
}

pub(super) fn shape(tensor: &Tensor<'_>, expected: String) -> DecodeError {
    DecodeError::Shape {
        name: tensor.name.to_owned(),
        shape: tensor.shape.to_vec(),
        expected,
    }
}

/// Index and value of the greatest number; NaN is none. (0, NaN) if there is no number.
pub(super) fn greatest(values: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::NAN);
    for (index, &value) in values.iter().enumerate() {
        // Written so that any number beats the initial NaN.
        if value > best.1 || (best.1.is_nan() && !value.is_nan()) {
            best = (index, value);
        }
    }
    best
}
