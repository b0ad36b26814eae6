//! Finds out what a model without a description wants and gives, from the shapes and names of its tensors.

use luchs_scene::Size;

use crate::{
    Align, ColorOrder, ElementType, Family, Fit, InputSpec, Layout, TensorInfo,
    decode::{SsdNmsRoles, background, nanodet_pair, ssd_pair, yolox_cells},
    tensor::list,
};

/// What a model is.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognized {
    /// How to read its outputs.
    pub family: Family,
    /// How to fill its input, as the family's reference implementation does.
    pub input: InputSpec,
    /// How many classes it has; None if its outputs do not tell.
    pub classes: Option<usize>,
}

/// A model of no known family.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the model is of no known family (known are {families}): {why}. Its inputs: {inputs}. Its outputs: {outputs}. \
     Declare its family and input in a model.toml, or export the model as one of these families",
    families = Family::ALL.map(Family::name).join(", ")
)]
pub struct Unrecognized {
    /// What does not fit.
    pub why: String,
    /// Every input seen.
    pub inputs: String,
    /// Every output seen.
    pub outputs: String,
}

/// Side of the input of a model that takes any size and scales by itself: what most SSDs were trained with.
const ANY_SIZE: Size = Size {
    width: 300,
    height: 300,
};

/// The one picture that a model takes.
struct Picture {
    layout: Layout,
    element: ElementType,
    /// None if the model takes any size.
    size: Option<Size>,
}

/// Recognizes a model by its tensors. The meaning of values cannot be seen: they are taken to be those of the family's
/// reference implementation, for byte inputs with mean and std inside the model.
pub fn recognize(inputs: &[TensorInfo], outputs: &[TensorInfo]) -> Result<Recognized, Unrecognized> {
    picture(inputs)
        .and_then(|picture| {
            let why = match picture.size {
                Some(_) => "its outputs fit no family at this input size",
                None => "it leaves the size of its input open, so that its outputs fit no family",
            };
            family(&picture, outputs).ok_or_else(|| why.to_owned())
        })
        .map_err(|why| Unrecognized {
            why,
            inputs: list(inputs),
            outputs: list(outputs),
        })
}

fn picture(inputs: &[TensorInfo]) -> Result<Picture, String> {
    let [input] = inputs else {
        return Err(format!("it has {} inputs instead of one picture", inputs.len()));
    };
    let element = match input.element.as_str() {
        "f32" => ElementType::F32,
        "u8" => ElementType::U8,
        other => return Err(format!("its input is of type {other} instead of f32 or u8")),
    };
    let (layout, height, width) = match input.shape[..] {
        [_, 3, height, width] => (Layout::Nchw, height, width),
        [_, height, width, 3] => (Layout::Nhwc, height, width),
        _ => return Err("its input is no picture of three channels".to_owned()),
    };
    let side = |side: i64| u32::try_from(side).ok().filter(|side| *side > 0);
    Ok(Picture {
        layout,
        element,
        size: side(width)
            .zip(side(height))
            .map(|(width, height)| Size { width, height }),
    })
}

fn family(picture: &Picture, outputs: &[TensorInfo]) -> Option<Recognized> {
    if let Some(roles) = SsdNmsRoles::find(outputs) {
        // The object detection API normalizes inside its graph, the TFLite converter leaves that to us.
        let (mean, std) = if roles.tflite { (127.5, 127.5) } else { (0.0, 1.0) };
        let size = picture.size.unwrap_or(ANY_SIZE);
        let input = input(picture, size, ColorOrder::Rgb, Fit::Stretch, [mean; 3], [std; 3]);
        return Some(Recognized {
            family: Family::SsdNms,
            input,
            classes: None,
        });
    }
    let size = picture.size?;
    yolox(picture, size, outputs)
        .or_else(|| nanodet(picture, size, outputs))
        .or_else(|| ssd(picture, size, outputs))
        .filter(|recognized| recognized.input.check().is_ok())
}

fn yolox(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    let [TensorInfo { shape, .. }] = outputs else {
        return None;
    };
    let [_, cells, columns] = shape[..] else { return None };
    let fit = Fit::Letterbox {
        align: Align::TopLeft,
        pad: 114,
    };
    let input = input(picture, size, ColorOrder::Bgr, fit, [0.0; 3], [1.0; 3]);
    (cells > 0 && cells as usize == yolox_cells(size) && columns > 5).then(|| Recognized {
        family: Family::Yolox,
        input,
        classes: Some(columns as usize - 5),
    })
}

fn nanodet(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    let pair = nanodet_pair(size, None, outputs).filter(|_| outputs.len() == 6)?;
    let (mean, std) = ([103.53, 116.28, 123.675], [57.375, 57.12, 58.395]);
    let input = input(picture, size, ColorOrder::Bgr, Fit::Stretch, mean, std);
    Some(Recognized {
        family: Family::Nanodet,
        input,
        classes: Some(pair.classes),
    })
}

fn ssd(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    // Pictures with channels first come from PyTorch, whose SSDs order and scale boxes differently.
    let pair = ssd_pair(outputs).filter(|_| picture.layout == Layout::Nhwc)?;
    let input = input(picture, size, ColorOrder::Rgb, Fit::Stretch, [127.5; 3], [127.5; 3]);
    let classes = pair.columns - background(pair.columns);
    Some(Recognized {
        family: Family::Ssd,
        input,
        classes: Some(classes),
    })
}

fn input(picture: &Picture, size: Size, order: ColorOrder, fit: Fit, mean: [f32; 3], std: [f32; 3]) -> InputSpec {
    let Picture { layout, element, .. } = *picture;
    let (mean, std) = match element {
        ElementType::F32 => (mean, std),
        ElementType::U8 => ([0.0; 3], [1.0; 3]),
    };
    InputSpec {
        size,
        layout,
        element,
        order,
        fit,
        mean,
        std,
    }
}
