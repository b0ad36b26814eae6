//! SSD (and anything else) with non-maximum suppression inside, as TensorFlow exports it.
//!
//! Boxes [1, n, 4]: top, left, bottom, right as parts of the input; classes [1, n]; scores [1, n]; their count [1].
//! Outputs of the object detection API (`detection_boxes` …) count classes from 1 (`label_id_offset` in its
//! `exporter.py`), those of `TFLite_Detection_PostProcess` from 0.

use luchs_scene::Size;

use super::{
    candidates::{Candidates, check_probability},
    decoder::Head,
    outputs::find,
};
use crate::{DecodeError, Family, InputSpec, Tensor, TensorInfo, tensor::list};

/// Name of TensorFlow Lite's operator; its further outputs are numbered.
const OPERATOR: &str = "TFLite_Detection_PostProcess";

/// Class indices above this are accidents.
const MAX_CLASSES: usize = 1 << 16;

#[derive(Debug)]
pub(super) struct SsdNms {
    roles: Roles,
    size: Size,
    classes: usize,
}

/// Names of the four outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Roles {
    boxes: String,
    classes: String,
    scores: String,
    count: String,
    /// Whether it is TensorFlow Lite's operator, which counts classes from 0.
    pub(crate) tflite: bool,
}

impl Roles {
    /// Finds the four outputs by their names; a scope in front and a `:0` behind are ignored.
    pub(crate) fn find(outputs: &[TensorInfo]) -> Option<Self> {
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

impl SsdNms {
    pub(super) fn new(input: &InputSpec, classes: Option<usize>, outputs: &[TensorInfo]) -> Result<Self, DecodeError> {
        let Some(roles) = Roles::find(outputs) else {
            let expected = "the outputs detection_boxes, detection_classes, detection_scores and num_detections, \
                            or TFLite_Detection_PostProcess, …:1, …:2 and …:3"
                .to_owned();
            return Err(DecodeError::Outputs {
                family: Family::SsdNms,
                expected,
                seen: list(outputs),
            });
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
        let boxes = find(outputs, &self.roles.boxes, "[1, n, 4]", |shape| {
            matches!(shape, [1, _, 4])
        })?;
        let row = [1, boxes.shape[1]];
        let get = |name| find(outputs, name, &format!("{row:?}"), |shape| shape == row);
        let (classes, scores) = (get(&self.roles.classes)?, get(&self.roles.scores)?);
        let count = find(outputs, &self.roles.count, "[1] or []", |shape| {
            matches!(shape, [1] | [])
        })?;
        // The cast saturates and makes NaN 0; `take` copes with too many.
        let count = count.data[0] as usize;
        let first = if self.roles.tflite { 0.0 } else { 1.0 };
        let (width, height) = (self.size.width as f32, self.size.height as f32);
        let rows = boxes.data.chunks_exact(4).zip(classes.data).zip(scores.data);
        for ((row, class), &score) in rows.take(count) {
            check_probability(&scores, score)?;
            let label = class.round() - first;
            let known = (0.0..self.classes as f32).contains(&label);
            let label = label as usize;
            if known && found.wants(label, score) {
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
