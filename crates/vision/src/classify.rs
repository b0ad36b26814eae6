//! What a picture shows, without boxes: models trained on ImageNet and their like.
//!
//! One tensor [1, classes], also [1, classes, 1, 1]: logits, or probabilities that sum to 1. Which of both it is is seen
//! from the values. Scores that are independent of each other (a sigmoid a class) are not supported.

use luchs_scene::Size;

use crate::{
    DecodeError, Family, Fit, Layout, Recognized, Tensor, TensorInfo,
    decode::{check_classes, find, greatest, other_outputs},
    picture::{Look, Picture},
};

/// How far the sum of quantized probabilities may be from 1.
const SLACK: f32 = 0.05;

/// A class and its probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Classification {
    /// Index of the class.
    pub label_id: u32,
    /// 0 to 1.
    pub confidence: f32,
}

/// Turns a model's output into the most probable classes.
#[derive(Debug)]
pub struct Classifier {
    output: String,
    classes: usize,
}

fn table(outputs: &[TensorInfo]) -> Option<(&str, usize)> {
    let [output] = outputs else { return None };
    match output.shape[..] {
        [_, classes] | [_, classes, 1, 1] if classes > 1 => usize::try_from(classes)
            .ok()
            .map(|classes| (output.name.as_str(), classes)),
        _ => None,
    }
}

/// The input of a model without a description: PyTorch's classifiers take ImageNet's mean and deviation, TensorFlow's
/// −1 to 1.
pub(crate) fn recognized(picture: &Picture, outputs: &[TensorInfo]) -> Option<Recognized> {
    /// What nearly all are trained with.
    const ANY_SIZE: Size = Size {
        width: 224,
        height: 224,
    };
    let (_, classes) = table(outputs)?;
    let look = match picture.layout {
        Layout::Nchw => Look::imagenet(Fit::Stretch),
        Layout::Nhwc => Look::signed(Fit::Stretch),
    };
    Some(Recognized {
        family: Family::Classifier,
        input: picture.input(picture.size.unwrap_or(ANY_SIZE), &look),
        classes: Some(classes),
    })
}

impl Classifier {
    /// A reader of the output of a model with the outputs `outputs`. `classes`: how many labels there are, if known.
    pub fn new(classes: Option<usize>, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let Some((output, seen)) = table(outputs) else {
            return Err(other_outputs(Family::Classifier, "one output [1, classes]", outputs));
        };
        check_classes(output, classes, seen)?;
        Ok(Self {
            output: output.to_owned(),
            classes: seen,
        })
    }

    /// Replaces `out` with the `most` most probable classes, best first. `out` is empty after an error.
    pub fn classify(
        &self,
        outputs: &[Tensor<'_>],
        most: usize,
        out: &mut Vec<Classification>,
    ) -> Result<(), DecodeError> {
        out.clear();
        let classes = self.classes;
        let tensor = find(
            outputs,
            &self.output,
            format_args!("[1, {classes}]"),
            |shape| match shape {
                [1, n] | [1, n, 1, 1] => *n == classes,
                _ => false,
            },
        )?;
        let (_, top) = greatest(tensor.data);
        if !top.is_finite() {
            return Err(DecodeError::NoNumbers {
                family: Family::Classifier,
            });
        }
        let sum: f32 = tensor.data.iter().sum();
        let probabilities = tensor.data.iter().all(|value| *value >= 0.0) && (sum - 1.0).abs() <= SLACK;
        let exponential = |value: f32| if value.is_nan() { 0.0 } else { (value - top).exp() };
        let total: f32 = tensor.data.iter().map(|&value| exponential(value)).sum();
        for (label, &value) in tensor.data.iter().enumerate() {
            let confidence = if probabilities {
                value.min(1.0)
            } else {
                exponential(value) / total
            };
            let place = out.partition_point(|better| better.confidence >= confidence);
            if place < most {
                out.truncate(most - 1);
                out.insert(
                    place,
                    Classification {
                        label_id: label as u32,
                        confidence,
                    },
                );
            }
        }
        Ok(())
    }
}
