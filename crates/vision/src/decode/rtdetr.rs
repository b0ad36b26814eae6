//! RT-DETR (Zhao et al. 2023, arXiv:2304.08069; github.com/lyuwenyu/RT-DETR), D-FINE (github.com/Peterande/D-FINE) and DEIM.
//!
//! Three exports are read. The repositories' own, with the post-processing inside: `labels` [1, n], `boxes` [1, n, 4]
//! (left, top, right, bottom in pixels of the size in the second input `orig_target_sizes`, which has to be that of the
//! input) and `scores` [1, n]. Hugging Face's: `logits` and `pred_boxes`, see [`super::queries`]. Ultralytics': one tensor
//! [1, 300, 4 + classes], centre, width and height as parts of the input and class scores (sigmoid done).

use luchs_scene::Size;

use super::{
    candidates::{Candidates, MAX_CLASSES, check_probability, class_of},
    head::Head,
    outputs::{check_classes, exact, find, is_called, other_outputs, side},
    queries::{Queries, pair, scaled},
};
use crate::{
    DecodeError, Family, Fit, InputSpec, Recognized, Tensor, TensorInfo,
    picture::{Look, Picture},
};

const BOX: usize = 4;
/// Queries of every model that Ultralytics exports.
const QUERIES: i64 = 300;

/// With the post-processing inside.
#[derive(Debug)]
struct Lists {
    labels: String,
    boxes: String,
    scores: String,
    classes: usize,
}

/// Ultralytics' single tensor.
#[derive(Debug)]
struct Joined {
    output: String,
    size: Size,
    columns: usize,
}

/// Names of labels, boxes and scores.
fn lists(outputs: &[TensorInfo]) -> Option<[&str; 3]> {
    let called = |word: &str, fits: fn(&[i64]) -> bool| {
        let is = |output: &&TensorInfo| is_called(output, &[word]) && fits(&output.shape);
        outputs.iter().find(is).map(|output| output.name.as_str())
    };
    let list = |shape: &[i64]| shape.len() == 2;
    Some([
        called("label", list)?,
        called("box", |shape| matches!(shape, [_, _, 4]))?,
        called("score", list)?,
    ])
}

/// Name and columns of a single tensor; `any` number of queries.
fn joined(outputs: &[TensorInfo], any: bool) -> Option<(&str, usize)> {
    let [output] = outputs else { return None };
    match output.shape[..] {
        [_, queries, columns] if any || queries == QUERIES => side(columns)
            .filter(|columns| *columns > BOX)
            .map(|columns| (output.name.as_str(), columns)),
        _ => None,
    }
}

pub(super) fn recognized(picture: &Picture, size: Size, outputs: &[TensorInfo]) -> Option<Recognized> {
    let classes = match (lists(outputs), joined(outputs, false), pair(outputs)) {
        (Some(_), ..) => None,
        (_, Some((_, columns)), _) => Some(columns - BOX),
        // RF-DETR calls its outputs so.
        (.., Some((boxes, logits, columns))) if !is_called(boxes, &["dets"]) && !is_called(logits, &["labels"]) => {
            Some(columns)
        }
        _ => return None,
    };
    Some(Recognized {
        family: Family::Rtdetr,
        input: picture.input(size, &Look::unit(Fit::Stretch)),
        classes,
    })
}

pub(super) fn head(
    input: &InputSpec,
    classes: Option<usize>,
    outputs: &[TensorInfo],
) -> Result<Box<dyn Head>, DecodeError> {
    if let Some([labels, boxes, scores]) = lists(outputs).map(|names| names.map(str::to_owned)) {
        return Ok(Box::new(Lists {
            labels,
            boxes,
            scores,
            classes: classes.unwrap_or(MAX_CLASSES),
        }));
    }
    if let Some((output, columns)) = joined(outputs, true) {
        check_classes(output, classes, columns - BOX)?;
        return Ok(Box::new(Joined {
            output: output.to_owned(),
            size: input.size,
            columns,
        }));
    }
    let Some((boxes, logits, columns)) = pair(outputs) else {
        let expected = "outputs labels [1, n], boxes [1, n, 4] and scores [1, n], or logits [1, n, classes] and pred_boxes \
                        [1, n, 4], or one output [1, n, 4 + classes]";
        return Err(other_outputs(Family::Rtdetr, expected, outputs));
    };
    check_classes(&logits.name, classes, columns)?;
    Ok(Box::new(Queries {
        boxes: boxes.name.clone(),
        logits: logits.name.clone(),
        size: input.size,
        columns,
        classes: 0..columns,
    }))
}

impl Head for Lists {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.labels, &self.boxes, &self.scores]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let boxes = find(outputs, &self.boxes, format_args!("[1, n, 4]"), |shape| {
            matches!(shape, [1, _, 4])
        })?;
        let row = [1, boxes.shape[1]];
        let labels = exact(outputs, &self.labels, &row)?;
        let scores = exact(outputs, &self.scores, &row)?;
        for ((row, &label), &score) in boxes.data.chunks_exact(BOX).zip(labels.data).zip(scores.data) {
            check_probability(&scores, score)?;
            let label = class_of(label, self.classes);
            if let (true, Some(label), &[left, top, right, bottom]) =
                (found.wants(label.unwrap_or(usize::MAX), score), label, row)
            {
                found.add([left, top, right, bottom], label, score);
            }
        }
        Ok(())
    }
}

impl Head for Joined {
    fn outputs(&self) -> Vec<&str> {
        vec![&self.output]
    }

    fn collect(&self, outputs: &[Tensor<'_>], found: &mut Candidates<'_>) -> Result<(), DecodeError> {
        let columns = self.columns;
        let tensor = find(
            outputs,
            &self.output,
            format_args!("[1, queries, {columns}]"),
            |shape| matches!(shape, [1, _, n] if *n == columns),
        )?;
        for row in tensor.data.chunks_exact(columns) {
            let Some((label, score)) = found.best(&row[BOX..]) else {
                continue;
            };
            check_probability(&tensor, score)?;
            if found.wants(label, score)
                && let Some(corners) = scaled(&row[..BOX], self.size)
            {
                found.add(corners, label, score);
            }
        }
        Ok(())
    }
}
