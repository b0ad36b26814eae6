//! SSD (and anything else) with non-maximum suppression inside, as TensorFlow exports it.
//!
//! Boxes [1, n, 4]: top, left, bottom, right as parts of the input; classes [1, n]; scores [1, n]; their count [1].
//! Outputs of the object detection API (`detection_boxes` …) count classes from 1 (`label_id_offset` in its
//! `exporter.py`), those of `TFLite_Detection_PostProcess` from 0.

use luchs_scene::Size;

use super::{
    candidates::{Candidates, MAX_CLASSES, check_probability, class_of},
    head::Head,
    outputs::{exact, find, other_outputs},
};
use crate::{
    DecodeError, Family, Fit, InputSpec, Recognized, Tensor, TensorInfo,
    picture::{Look, Picture},
};

/// Side of the input of a model that takes any size and scales by itself: what most SSDs were trained with.
const ANY_SIZE: Size = Size {
    width: 300,
    height: 300,
};

/// Name of TensorFlow Lite's operator; its further outputs are numbered.
const OPERATOR: &str = "TFLite_Detection_PostProcess";

#[derive(Debug)]
pub(super) struct SsdNms {
    roles: Roles,
    size: Size,
    classes: usize,
}

/// Names of the four outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Roles {
    boxes: String,
    classes: String,
    scores: String,
    count: String,
    /// Whether it is TensorFlow Lite's operator, which counts classes from 0.
    tflite: bool,
}

impl Roles {
    /// Finds the four outputs by their names; a scope in front and a `:0` behind are ignored.
    fn find(outputs: &[TensorInfo]) -> Option<Self> {
        let find = |wanted: &str| {
            let is = |name: &&str| {
                let last = name.rsplit('/').next().unwrap_or(name);
                last == wanted || last.strip_suffix(":0") == Some(wanted)
            };
            outputs
                .iter()
                .map(|output| output.name.as_str())
                .find(is)
                .map(str::to_owned)
        };
        let roles = |[boxes, classes, scores, count]: [&str; 4], tflite| {
            let (boxes, classes, scores, count) = (find(boxes)?, find(classes)?, find(scores)?, find(count)?);
            Some(Self {
                boxes,
                classes,
                scores,
                count,
                tflite,
            })
        };
        roles(
            [
                "detection_boxes",
                "detection_classes",
                "detection_scores",
                "num_detections",
            ],
            false,
        )
        .or_else(|| {
            roles(
                [
                    OPERATOR,
                    &format!("{OPERATOR}:1"),
                    &format!("{OPERATOR}:2"),
                    &format!("{OPERATOR}:3"),
                ],
                true,
            )
        })
    }
}

pub(super) fn recognized(picture: &Picture, outputs: &[TensorInfo]) -> Option<Recognized> {
    let roles = Roles::find(outputs)?;
    let mut look = Look::signed(Fit::Stretch);
    // The object detection API normalizes inside its graph, the TFLite converter leaves that to us.
    if !roles.tflite {
        (look.mean, look.std) = ([0.0; 3], [1.0; 3]);
    }
    Some(Recognized {
        family: Family::SsdNms,
        input: picture.input(picture.size.unwrap_or(ANY_SIZE), &look),
        classes: None,
    })
}

impl SsdNms {
    pub(super) fn new(input: &InputSpec, classes: Option<usize>, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let Some(roles) = Roles::find(outputs) else {
            let expected = "the outputs detection_boxes, detection_classes, detection_scores and num_detections, \
                            or TFLite_Detection_PostProcess, …:1, …:2 and …:3"
                .to_owned();
            return Err(other_outputs(Family::SsdNms, expected, outputs));
        };
        Ok(Self {
            roles,
            size: input.size,
            classes: classes.unwrap_or(MAX_CLASSES),
        })
    }
}

impl Head for SsdNms {
    fn outputs(&self) -> Vec<&str> {
        let Roles {
            boxes,
            classes,
            scores,
            count,
            ..
        } = &self.roles;
        vec![boxes, classes, scores, count]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let boxes = find(outputs, &self.roles.boxes, format_args!("[1, n, 4]"), |shape| {
            matches!(shape, [1, _, 4])
        })?;
        let row = [1, boxes.shape[1]];
        let classes = exact(outputs, &self.roles.classes, &row)?;
        let scores = exact(outputs, &self.roles.scores, &row)?;
        let count = find(outputs, &self.roles.count, format_args!("[1] or []"), |shape| {
            matches!(shape, [1] | [])
        })?;
        // The cast saturates and makes NaN 0; `take` copes with too many.
        let count = count.data[0] as usize;
        let first = if self.roles.tflite { 0.0 } else { 1.0 };
        let (width, height) = (self.size.width as f32, self.size.height as f32);
        let rows = boxes.data.chunks_exact(4).zip(classes.data).zip(scores.data);
        for ((row, class), &score) in rows.take(count) {
            check_probability(&scores, score)?;
            let label = class_of(class - first, self.classes);
            if let (true, Some(label)) = (found.wants(label.unwrap_or(usize::MAX), score), label) {
                found.add(
                    [row[1] * width, row[0] * height, row[3] * width, row[2] * height],
                    label,
                    score,
                );
            }
        }
        Ok(())
    }
}
