//! Finding tensors by name and checking their shape.

use std::fmt;

use crate::{DecodeError, Family, Tensor, TensorInfo, tensor::list};

/// The tensor called `name` if its shape is one that `fits`. `expected` describes those shapes; it is written only for an
/// error, as this runs for every frame.
pub(crate) fn find<'a>(
    outputs: &[Tensor<'a>],
    name: &str,
    expected: fmt::Arguments<'_>,
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
        return Err(shape(tensor, expected.to_string()));
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

/// The tensor called `name` if it has exactly this shape.
pub(super) fn exact<'a>(outputs: &[Tensor<'a>], name: &str, wanted: &[usize]) -> Result<Tensor<'a>, DecodeError> {
    find(outputs, name, format_args!("{wanted:?}"), |shape| shape == wanted)
}

/// The error of a model whose declared outputs are not those of `family`.
pub(crate) fn other_outputs(family: Family, expected: impl Into<String>, outputs: &[TensorInfo]) -> DecodeError {
    DecodeError::Outputs {
        family,
        expected: expected.into(),
        seen: list(outputs),
    }
}

/// Refuses labels that are not as many as the tensor `name` has classes.
pub(crate) fn check_classes(name: &str, declared: Option<usize>, got: usize) -> Result<(), DecodeError> {
    match declared.filter(|&declared| declared != got) {
        Some(expected) => Err(DecodeError::Classes {
            name: name.to_owned(),
            expected,
            got,
        }),
        None => Ok(()),
    }
}

/// Whether the last part of a tensor's name, without a `:0` behind, holds one of `words`.
pub(super) fn is_called(info: &TensorInfo, words: &[&str]) -> bool {
    let last = info.name.rsplit('/').next().unwrap_or(&info.name);
    let last = last.strip_suffix(":0").unwrap_or(last).to_ascii_lowercase();
    words.iter().any(|word| last.contains(word))
}

/// A declared dimension that is a number.
pub(super) fn side(side: i64) -> Option<usize> {
    usize::try_from(side).ok().filter(|side| *side > 0)
}
