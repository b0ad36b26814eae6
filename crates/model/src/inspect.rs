//! What a model wants and gives, as its file declares it.

use std::collections::HashSet;

use luchs_scene::Size;
use luchs_vision::{Layout, TensorInfo, input::MAX_SIDE};

use crate::{
    lint::shown,
    onnx::{GraphProto, ModelProto, ValueInfoProto},
    passport::Input,
    target_size::is_target_size,
};

/// No detector has more inputs or outputs; they are listed in messages.
const MOST_VALUES: usize = 64;
/// No detector has more of them.
const MOST_DIMENSIONS: usize = 8;

/// Inputs and outputs, with the open dimensions of the image filled in as far as they are known.
#[derive(Debug)]
pub(crate) struct Signature {
    /// What must be fed.
    pub(crate) inputs: Vec<TensorInfo>,
    /// What comes out; an open dimension is -1.
    pub(crate) outputs: Vec<TensorInfo>,
    /// Width and height of the image; None if the file leaves them open and the passport says nothing.
    pub(crate) size: Option<Size>,
    /// Name of the image.
    pub(crate) image: String,
    /// Whether `orig_target_sizes` was among the inputs and has to be given a value in the file.
    pub(crate) target_size: bool,
}

/// Reads the signature of `model`; `wanted` is the passport's input, `noted` the size that the file's notes say for an
/// input that it leaves open. Errors are reasons, without the file's name.
pub(crate) fn signature(model: &ModelProto, wanted: Option<&Input>, noted: Option<Size>) -> Result<Signature, String> {
    let graph = model.graph.as_ref().ok_or("the file has no graph")?;
    let fed = fed(graph);
    for (what, count) in [("inputs", fed.len()), ("outputs", graph.output.len())] {
        if count > MOST_VALUES {
            return Err(format!(
                "the file has {count} {what}, but {MOST_VALUES} are supported at most"
            ));
        }
    }
    let mut inputs = fed.into_iter().map(info).collect::<Result<Vec<_>, _>>()?;
    let outputs = graph.output.iter().map(info).collect::<Result<Vec<_>, _>>()?;
    let Some(image) = inputs.iter_mut().find(|input| input.shape.len() == 4) else {
        let seen = inputs.iter().map(TensorInfo::to_string).collect::<Vec<_>>();
        return Err(format!(
            "no input has four dimensions, as a picture has; the inputs are {}",
            seen.join(", ")
        ));
    };
    let (size, image) = (complete(image, wanted, noted)?, image.name.clone());
    let target_size = size.is_some() && inputs.iter().any(is_target_size);
    inputs.retain(|input| !(target_size && is_target_size(input)));
    Ok(Signature {
        inputs,
        outputs,
        size,
        image,
        target_size,
    })
}

/// Inputs without the constants that old files list among them.
fn fed(graph: &GraphProto) -> Vec<&ValueInfoProto> {
    let constants: HashSet<&str> = graph
        .initializer
        .iter()
        .map(|constant| constant.name.as_str())
        .collect();
    let is_fed = |input: &&ValueInfoProto| !constants.contains(input.name.as_str());
    graph.input.iter().filter(is_fed).collect()
}

fn info(value: &ValueInfoProto) -> Result<TensorInfo, String> {
    let name = || shown(&value.name);
    let (element, shape) = value
        .element_and_shape()
        .ok_or_else(|| format!("“{}” is not a tensor", name()))?;
    if shape.len() > MOST_DIMENSIONS {
        return Err(format!("“{}” has {} dimensions", name(), shape.len()));
    }
    Ok(TensorInfo {
        name: value.name.clone(),
        shape,
        element: element_name(element),
    })
}

/// `TensorProto.DataType` as Rust calls it.
fn element_name(data_type: i32) -> String {
    const NAMES: [&str; 17] = [
        "undefined",
        "f32",
        "u8",
        "i8",
        "u16",
        "i16",
        "i32",
        "i64",
        "string",
        "bool",
        "f16",
        "f64",
        "u32",
        "u64",
        "complex64",
        "complex128",
        "bf16",
    ];
    let name = usize::try_from(data_type).ok().and_then(|index| NAMES.get(index));
    name.map_or_else(|| format!("type {data_type}"), |&name| name.to_owned())
}

/// Fills in open dimensions of the image: one picture of three colours, of the passport's size.
fn complete(image: &mut TensorInfo, wanted: Option<&Input>, noted: Option<Size>) -> Result<Option<Size>, String> {
    let shown = format!("input {image}");
    let layout = match (wanted, image.shape[1], image.shape[3]) {
        (Some(input), _, _) => input.layout(),
        (None, 3, _) => Layout::Nchw,
        (None, _, 3) => Layout::Nhwc,
        // All open, or no picture: what is known of the outputs decides.
        _ => return Ok(None),
    };
    let (channel, row, column) = if layout == Layout::Nchw { (1, 2, 3) } else { (3, 1, 2) };
    let sides = [
        (
            row,
            wanted.and_then(|input| input.height),
            noted.map(|noted| noted.height),
        ),
        (
            column,
            wanted.and_then(|input| input.width),
            noted.map(|noted| noted.width),
        ),
    ];
    for (position, expected) in [(0, 1), (channel, 3)] {
        match image.shape[position] {
            -1 => image.shape[position] = expected,
            found if found == expected => {}
            found => {
                return Err(format!(
                    "dimension {position} of {shown} is {found}, but {expected} is supported"
                ));
            }
        }
    }
    for (position, side, noted) in sides {
        match (image.shape[position], side) {
            (-1, side) if side.or(noted).is_some() => image.shape[position] = side.or(noted).map_or(-1, i64::from),
            (-1, _) => return Ok(None),
            (fixed, Some(side)) if fixed != i64::from(side) => {
                return Err(format!(
                    "the passport says {side} for a dimension of {shown} that is fixed at {fixed}"
                ));
            }
            _ => {}
        }
        if !(1..=i64::from(MAX_SIDE)).contains(&image.shape[position]) {
            return Err(format!(
                "{shown} is no usable size of a picture: the sides must be 1 to {MAX_SIDE} pixels"
            ));
        }
    }
    Ok(Some(Size {
        width: image.shape[column] as u32,
        height: image.shape[row] as u32,
    }))
}
