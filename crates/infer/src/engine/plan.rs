//! What a session says of its outputs before it has run.

use luchs_vision::TensorInfo;
use ort::{session::Session, value::ValueType};

use super::tensors::OutputPlan;

/// Outputs of a session, and whether it takes several frames at once.
#[derive(Debug)]
pub(crate) struct Plan {
    /// As the runtime infers them, which may be more exact than the file declares; -1 where open.
    pub(super) infos: Vec<TensorInfo>,
    pub(crate) outputs: Vec<OutputPlan>,
    /// Why it takes one frame at a time; None if it takes several.
    pub(super) single: Option<String>,
}

impl Plan {
    pub(crate) fn new(session: &Session) -> Self {
        let axis = batch_axis(session);
        let mut single = axis
            .is_none()
            .then(|| "its first input dimension is fixed or has no name".to_owned());
        let mut outputs = Vec::new();
        for outlet in session.outputs() {
            let (fixed, batched) = fixed(outlet.dtype(), axis);
            if !batched && single.is_none() {
                single = Some(format!(
                    "the shape of its output “{}” does not follow the batch",
                    outlet.name()
                ));
            }
            outputs.push(OutputPlan {
                name: outlet.name().to_owned(),
                fixed,
            });
        }
        let infos = session
            .outputs()
            .iter()
            .map(|outlet| info(outlet.name(), outlet.dtype()));
        Self {
            infos: infos.collect(),
            outputs,
            single,
        }
    }
}

/// The name of the first dimension of the input, if it is open.
fn batch_axis(session: &Session) -> Option<&str> {
    let ValueType::Tensor {
        shape,
        dimension_symbols,
        ..
    } = session.inputs().first()?.dtype()
    else {
        return None;
    };
    let name = dimension_symbols.first()?;
    (shape.first() == Some(&-1) && !name.is_empty()).then_some(name)
}

/// Type and dimensions of an output for one frame if they are fixed, and whether its first dimension is the batch.
fn fixed(dtype: &ValueType, axis: Option<&str>) -> (Option<(ort::value::TensorElementType, Vec<i64>)>, bool) {
    let ValueType::Tensor {
        ty,
        shape,
        dimension_symbols,
    } = dtype
    else {
        return (None, false);
    };
    let batched = axis.is_some() && dimension_symbols.first().map(String::as_str) == axis;
    let mut sides = shape.to_vec();
    if batched && let Some(first) = sides.first_mut() {
        *first = 1;
    }
    let known = sides.iter().all(|side| *side >= 0) && ty.byte_size(1).is_some();
    (known.then_some((*ty, sides)), batched && known)
}

/// What the runtime says of a tensor.
pub(super) fn info(name: &str, dtype: &ValueType) -> TensorInfo {
    let (element, shape) = match dtype {
        ValueType::Tensor { ty, shape, .. } => (ty.to_string(), shape.to_vec()),
        _ => ("no tensor".to_owned(), Vec::new()),
    };
    TensorInfo {
        name: name.to_owned(),
        shape,
        element,
    }
}
