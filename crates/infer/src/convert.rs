//! Outputs of the runtime, copied into buffers of ours as 32-bit float.

use ort::value::{DynValue, PrimitiveTensorElementType, TensorElementType, ValueType};

/// Copies `value` into `shape` and `data`, whose memory is used again. Errors are reasons, without the output's name.
pub(crate) fn copy(value: &DynValue, shape: &mut Vec<usize>, data: &mut Vec<f32>) -> Result<(), String> {
    let ValueType::Tensor { ty, .. } = value.dtype() else {
        return Err("is not a tensor".to_owned());
    };
    match ty {
        TensorElementType::Float32 => copy_as(value, shape, data, |v: f32| v),
        TensorElementType::Float64 => copy_as(value, shape, data, |v: f64| v as f32),
        TensorElementType::Uint8 => copy_as(value, shape, data, |v: u8| f32::from(v)),
        TensorElementType::Int8 => copy_as(value, shape, data, |v: i8| f32::from(v)),
        TensorElementType::Int32 => copy_as(value, shape, data, |v: i32| v as f32),
        TensorElementType::Int64 => copy_as(value, shape, data, |v: i64| v as f32),
        other => Err(format!(
            "has elements of type {other}; export the model with 32-bit float outputs"
        )),
    }
}

fn copy_as<T: PrimitiveTensorElementType + Copy>(
    value: &DynValue,
    shape: &mut Vec<usize>,
    data: &mut Vec<f32>,
    to_f32: impl Fn(T) -> f32,
) -> Result<(), String> {
    let (sides, elements) = value.try_extract_tensor::<T>().map_err(|error| error.to_string())?;
    shape.clear();
    shape.extend(sides.iter().map(|&side| usize::try_from(side).unwrap_or(0)));
    data.clear();
    data.extend(elements.iter().map(|&v| to_f32(v)));
    Ok(())
}
