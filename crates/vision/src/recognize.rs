//! Finds out what a model without a description wants and gives, from the shapes and names of its tensors.

use crate::{ElementType, Family, InputSpec, TensorInfo, classify, decode, picture::Picture, tensor::list};

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

/// What a model's file or a file beside it says besides names and shapes; empty if it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hints {
    /// The families that it can be of; any if empty.
    pub families: Vec<Family>,
    /// How many classes it has.
    pub classes: Option<usize>,
    /// Mean and standard deviation of its input, in the order of the channels.
    pub scaling: Option<([f32; 3], [f32; 3])>,
}

/// A model of no known family, or of several.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{why}. Its inputs: {inputs}. Its outputs: {outputs}. Known families: {families}. Declare its family and input in a \
     model.toml, or export the model as one of these families",
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

/// Recognizes a model by its tensors. The meaning of values cannot be seen: they are taken to be those of the family's
/// reference implementation, for byte inputs with mean and std inside the model.
pub fn recognize(inputs: &[TensorInfo], outputs: &[TensorInfo]) -> Result<Recognized, Unrecognized> {
    recognize_with(inputs, outputs, &Hints::default())
}

/// The same with what else is known of the model: it decides between families whose outputs look alike.
pub fn recognize_with(
    inputs: &[TensorInfo],
    outputs: &[TensorInfo],
    hints: &Hints,
) -> Result<Recognized, Unrecognized> {
    Picture::of(inputs)
        .map_err(|why| format!("the model is of no known family: {why}"))
        .and_then(|picture| choose(&picture, outputs, hints))
        .map_err(|why| Unrecognized {
            why,
            inputs: list(inputs),
            outputs: list(outputs),
        })
}

/// Everything that a model's outputs could be.
pub fn candidates(inputs: &[TensorInfo], outputs: &[TensorInfo]) -> Vec<Recognized> {
    Picture::of(inputs).map_or_else(|_| Vec::new(), |picture| fitting(&picture, outputs))
}

fn fitting(picture: &Picture, outputs: &[TensorInfo]) -> Vec<Recognized> {
    let mut found = decode::recognized(picture, outputs);
    // Nearly anything with two dimensions may be a classifier, so only what is nothing else is one.
    if found.is_empty() {
        found.extend(classify::recognized(picture, outputs));
    }
    found.retain(|recognized| recognized.input.check().is_ok());
    found
}

fn choose(picture: &Picture, outputs: &[TensorInfo], hints: &Hints) -> Result<Recognized, String> {
    let fitting = fitting(picture, outputs);
    let names = |some: &[Recognized]| some.iter().map(|one| one.family.name()).collect::<Vec<_>>().join(", ");
    if fitting.is_empty() {
        let why = match picture.size {
            Some(_) => "its outputs fit no family at this input size",
            None => "it leaves the size of its input open, so that its outputs fit no family",
        };
        return Err(format!("the model is of no known family: {why}"));
    }
    let mut left = fitting.clone();
    left.retain(|one| hints.families.is_empty() || hints.families.contains(&one.family));
    if left.is_empty() {
        let said = hints.families.iter().map(|family| family.name()).collect::<Vec<_>>();
        return Err(format!(
            "the model’s description says {}, but its outputs are those of {}",
            said.join(" or "),
            names(&fitting)
        ));
    }
    if left.len() > 1 {
        let fits = |one: &Recognized| hints.classes.is_none() || one.classes.is_none() || one.classes == hints.classes;
        if left.iter().any(fits) {
            left.retain(fits);
        }
    }
    // Ultralytics, whose RT-DETR with two classes looks like YOLOv10, always writes a description.
    if hints.families.is_empty() && left.iter().any(|one| one.family == Family::Yolov10) {
        left.retain(|one| one.family != Family::Rtdetr);
    }
    match left.as_slice() {
        [one] => Ok(with_scaling(one.clone(), hints)),
        several => Err(format!(
            "the model’s outputs could be those of {}, and nothing tells which",
            names(several)
        )),
    }
}

fn with_scaling(mut recognized: Recognized, hints: &Hints) -> Recognized {
    let input = &mut recognized.input;
    if let Some((mean, std)) = hints.scaling.filter(|_| input.element == ElementType::F32) {
        (input.mean, input.std) = (mean, std);
    }
    recognized
}
