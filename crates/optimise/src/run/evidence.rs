//! What the report shows beside figures: layers, classes, pictures.

use std::fs;

use luchs_report::{
    Picture,
    optimise::{ClassChange, ClassMeasure, Classes, Example, Found, Layer, LayerMeasure, Sensitivity},
};
use luchs_scene::{Detection, Labels, Size, event::NormalizedBox};
use serde::Deserialize;

use super::{RunError, measured::frames, result::Parts};
use crate::{
    agreement::{Rules, partners},
    footage::{FootageError, thumbnail},
    measure::Look,
};

/// So many pictures are shown.
const EXAMPLES: usize = 4;
/// Width of them in pixels.
const WIDTH: u32 = 640;

/// What the tool says of layers.
#[derive(Deserialize)]
struct Layers {
    layers: Vec<LayerError>,
}

#[derive(Deserialize)]
struct LayerError {
    name: String,
    error: f64,
}

/// How much each layer suffers; `shown` is the candidate that says which of them stayed in float. None if that is not known.
pub(super) fn sensitivity(parts: &Parts<'_, '_>, shown: Option<usize>) -> Option<Sensitivity> {
    let text = fs::read_to_string(&parts.made.sensitivity).ok()?;
    let found: Layers = serde_json::from_str(&text).ok()?;
    let made = shown
        .and_then(|index| parts.entries[index].made)
        .map(|index| &parts.made.list[index]);
    let float = made.map(crate::tool::Made::float_layers).unwrap_or_default();
    let finite = found.layers.into_iter().filter(|layer| layer.error.is_finite());
    Some(Sensitivity {
        measure: LayerMeasure::OutputError,
        layers: finite
            .map(|layer| Layer {
                kept_float: float.contains(&layer.name),
                name: layer.name,
                operator: "Conv".to_owned(),
                error: layer.error,
            })
            .collect(),
    })
}

/// What became of each class with entry `index`: its precision where there are labels, else the mean score of its boxes.
pub(super) fn classes(parts: &Parts<'_, '_>, index: usize) -> Option<Classes> {
    let seen = parts.measured[index].seen.as_ref()?;
    let labels = &parts.originals.first().runner.model().labels;
    let (measure, classes) = if let (Some(before), Some(after)) = (&parts.seen.redrawn, &seen.redrawn) {
        let drops = before.by_class(after).into_iter();
        let changes = drops.map(|drop| ClassChange {
            label: labels.name(drop.label_id).to_string(),
            before: drop.before,
            after: drop.after,
            objects: drop.truths as u32,
        });
        (ClassMeasure::AveragePrecision, changes.collect())
    } else {
        let of_footage = parts.scenes.of_footage;
        let (before, after) = (&parts.seen.looks[..of_footage], &seen.looks[..of_footage]);
        (ClassMeasure::Score, scores(before, after, labels, parts.plan.rules))
    };
    Some(Classes {
        candidate: parts.entries[index].name.clone(),
        measure,
        classes,
    })
}

/// Mean confidence of the boxes that count, for each class of which the original sees some.
fn scores(before: &[Look], after: &[Look], labels: &Labels, rules: Rules) -> Vec<ClassChange> {
    let mean = |looks: &[Look], class: u32| {
        let boxes = looks.iter().flat_map(|look| &look.found);
        let counted = boxes.filter(|d| d.label_id == class && d.confidence >= rules.threshold);
        let (mut sum, mut count) = (0.0, 0_u32);
        for detection in counted {
            sum += f64::from(detection.confidence);
            count += 1;
        }
        (sum / f64::from(count.max(1)), count)
    };
    let classes = (0..labels.len() as u32).map(|class| (class, mean(before, class)));
    let there = classes.filter(|(_, (_, count))| *count > 0);
    there
        .map(|(class, (score, count))| ClassChange {
            label: labels.name(class).to_string(),
            before: score,
            after: mean(after, class).0,
            objects: count,
        })
        .collect()
}

/// The frames on which entry `index` and the original differ most.
pub(super) fn examples(parts: &Parts<'_, '_>, index: usize) -> Result<Vec<Example>, RunError> {
    let Some(seen) = &parts.measured[index].seen else {
        return Ok(Vec::new());
    };
    let frames = frames(parts.seen, seen, parts.scenes, parts.plan.rules);
    let mut order: Vec<usize> = (0..frames.len())
        .filter(|frame| frames[*frame].disputed() > 0)
        .collect();
    order.sort_by_key(|frame| std::cmp::Reverse(frames[*frame].disputed()));
    order.truncate(EXAMPLES);
    let labels = &parts.originals.first().runner.model().labels;
    let mut examples = Vec::new();
    for frame in order {
        let still = parts.scenes.comparison[frame].picture.load()?;
        let (file, size) = thumbnail(&still.frame().map_err(FootageError::from)?, WIDTH)?;
        let picture = Picture::new(file, size).map_err(|error| RunError::Report(error.to_string()))?;
        let (before, after) = (&parts.seen.looks[frame], &seen.looks[frame]);
        let [paired, also_paired] = partners(&before.found, &after.found, parts.plan.rules);
        let found = |look: &Look, paired: &[bool]| found(&look.found, paired, look.size, labels, parts.plan.rules);
        examples.push(Example {
            name: parts.scenes.comparison[frame].name.clone(),
            candidate: parts.entries[index].name.clone(),
            picture,
            before: found(before, &paired),
            after: found(after, &also_paired),
        });
    }
    Ok(examples)
}

fn found(detections: &[Detection], paired: &[bool], size: Size, labels: &Labels, rules: Rules) -> Vec<Found> {
    let counted = detections
        .iter()
        .zip(paired)
        .filter(|(d, _)| d.confidence >= rules.threshold);
    counted
        .map(|(detection, paired)| Found {
            label: labels.name(detection.label_id).to_string(),
            score: detection.confidence,
            area: NormalizedBox::new(&detection.rect.clipped(size), size),
            agrees: *paired,
        })
        .collect()
}
