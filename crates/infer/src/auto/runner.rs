//! A session that is being tried.

use std::time::{Duration, Instant};

use ort::{
    session::{Session, SessionInputValue, SessionOutputs},
    value::{DynValue, PrimitiveTensorElementType, TensorElementType, TensorRef, ValueType},
};

use super::{agreement::Answer, picture::Picture};

/// A session and what it is fed.
pub(super) struct Runner<'p> {
    session: Session,
    picture: &'p Picture,
}

impl<'p> Runner<'p> {
    pub(super) fn new(session: Session, picture: &'p Picture) -> Self {
        Self { session, picture }
    }

    /// Runs the model and gives its outputs. Errors are reasons.
    pub(super) fn answer(&mut self) -> Result<Vec<Answer>, String> {
        let outputs = self.run().map_err(|error| crate::session::reason(&error))?;
        outputs.iter().map(|(name, value)| answer(name, &value)).collect()
    }

    /// Runs the model and gives how long it took; None if it failed.
    pub(super) fn time(&mut self) -> Option<Duration> {
        let begun = Instant::now();
        self.run().ok()?;
        Some(begun.elapsed())
    }

    fn run(&mut self) -> ort::Result<SessionOutputs<'_>> {
        let input: SessionInputValue<'_> = match self.picture {
            Picture::F32(shape, values) => TensorRef::from_array_view((*shape, values.as_slice()))?.into(),
            Picture::U8(shape, values) => TensorRef::from_array_view((*shape, values.as_slice()))?.into(),
        };
        self.session.run([input])
    }
}

fn answer(name: &str, value: &DynValue) -> Result<Answer, String> {
    let ValueType::Tensor { ty, .. } = value.dtype() else {
        return Err(format!("output “{name}” is not a tensor"));
    };
    match ty {
        TensorElementType::Float32 => read(name, value, |v: f32| v),
        TensorElementType::Float64 => read(name, value, |v: f64| v as f32),
        TensorElementType::Uint8 => read(name, value, |v: u8| f32::from(v)),
        TensorElementType::Int8 => read(name, value, |v: i8| f32::from(v)),
        TensorElementType::Int32 => read(name, value, |v: i32| v as f32),
        TensorElementType::Int64 => read(name, value, |v: i64| v as f32),
        other => Err(format!("output “{name}” has elements of type {other}")),
    }
}

fn read<T: PrimitiveTensorElementType + Copy>(
    name: &str,
    value: &DynValue,
    to_f32: impl Fn(T) -> f32,
) -> Result<Answer, String> {
    let tensor = value.try_extract_tensor::<T>();
    let (sides, values) = tensor.map_err(|error| crate::session::reason(&error))?;
    Ok(Answer {
        name: name.to_owned(),
        shape: sides.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect(),
        values: values.iter().map(|&v| to_f32(v)).collect(),
    })
}
