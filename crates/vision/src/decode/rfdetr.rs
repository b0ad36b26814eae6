//! RF-DETR (github.com/roboflow/rf-detr, `rfdetr/export`).
//!
//! Boxes `dets` [1, queries, 4] and logits `labels` [1, queries, columns], see [`super::queries`]. The published models
//! have 91 columns, COCO's ids with a column 0 that is not used; models that were trained further have one column too
//! many at the end. A further output with masks is ignored.

use luchs_scene::Size;

use super::{
    head::Head,
    outputs::{check_classes, is_called, other_outputs},
    queries::{Queries, pair},
};
use crate::{
    DecodeError, Family, Fit, InputSpec, Recognized, TensorInfo,
    picture::{Look, Picture},
};

/// Columns of the models for COCO.
const COCO: usize = 91;

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    let (boxes, logits, columns) = pair(outputs)?;
    // Hugging Face calls RT-DETR's outputs so.
    if is_called(logits, &["logit"]) && !is_called(boxes, &["dets"]) {
        return None;
    }
    Some(Recognized {
        family: Family::Rfdetr,
        input: picture.input(size, &Look::imagenet(Fit::Stretch)),
        classes: Some(if columns == COCO { COCO - 1 } else { columns }),
    })
}

pub(super) fn head(
    input: &InputSpec,
    classes: Option<usize>,
    outputs: &[TensorInfo],
) -> Result<Box<dyn Head>, DecodeError> {
    let Some((boxes, logits, columns)) = pair(outputs) else {
        let expected = "outputs dets [1, queries, 4] and labels [1, queries, classes]";
        return Err(other_outputs(Family::Rfdetr, expected, outputs));
    };
    let used = match classes {
        Some(classes) if classes > 0 && columns.checked_sub(1) == Some(classes) && columns != COCO => 0..classes,
        None | Some(90) if columns == COCO => 1..columns,
        _ => {
            check_classes(&logits.name, classes, columns)?;
            0..columns
        }
    };
    Ok(Box::new(Queries {
        boxes: boxes.name.clone(),
        logits: logits.name.clone(),
        size: input.size,
        columns,
        classes: used,
    }))
}
