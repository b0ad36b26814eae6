//! Average precision by the COCO protocol: IoU thresholds .50 to .95 in steps of .05, 101 recall points, at most 100
//! detections per image and class, crowd regions neither counted nor punished.
//! Lin et al., “Microsoft COCO: Common Objects in Context”, ECCV 2014; the procedure is that of the COCO API.

use std::collections::{BTreeMap, BTreeSet};

use luchs_scene::{Detection, Rect};

/// A labelled object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Truth {
    /// Where, in pixels.
    pub(crate) rect: Rect,
    /// Class index.
    pub(crate) label_id: u32,
    /// A region with many objects of the class that were not labelled one by one.
    pub(crate) crowd: bool,
}

/// One image: what is there and what was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    pub(crate) truths: Vec<Truth>,
    pub(crate) detections: Vec<Detection>,
}

/// Average precision of one class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ClassPrecision {
    /// Mean over the ten IoU thresholds.
    pub(crate) ap: f64,
    /// At IoU .50.
    pub(crate) ap50: f64,
    /// How many objects of the class are labelled.
    pub(crate) truths: usize,
}

const IOU_THRESHOLDS: [f64; 10] = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
const RECALL_STEPS: usize = 101;
const MAX_DETECTIONS: usize = 100;

/// Average precision of every class that has a label, by class index.
pub(crate) fn average_precision(images: &[Image]) -> BTreeMap<u32, ClassPrecision> {
    let labelled = images
        .iter()
        .flat_map(|image| &image.truths)
        .filter(|truth| !truth.crowd);
    let classes: BTreeSet<u32> = labelled.map(|truth| truth.label_id).collect();
    classes
        .into_iter()
        .map(|class| (class, class_precision(images, class)))
        .collect()
}

/// Means over the classes: (mAP, AP50).
pub(crate) fn mean(classes: &BTreeMap<u32, ClassPrecision>) -> (f64, f64) {
    let count = classes.len().max(1) as f64;
    let sum = |value: fn(&ClassPrecision) -> f64| classes.values().map(value).sum::<f64>() / count;
    (sum(|class| class.ap), sum(|class| class.ap50))
}

/// How a detection fared at each IoU threshold.
#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Hit,
    Miss,
    /// It lies on a crowd region.
    Ignored,
}

fn class_precision(images: &[Image], class: u32) -> ClassPrecision {
    let mut scored: Vec<(f32, [Outcome; IOU_THRESHOLDS.len()])> = Vec::new();
    let mut truths = 0;
    for image in images {
        // Crowds last: a proper object is preferred to a crowd that overlaps more.
        let mut there: Vec<Truth> = image
            .truths
            .iter()
            .filter(|truth| truth.label_id == class)
            .copied()
            .collect();
        there.sort_by_key(|truth| truth.crowd);
        truths += there.iter().filter(|truth| !truth.crowd).count();
        let mut found: Vec<Detection> = image
            .detections
            .iter()
            .filter(|d| d.label_id == class)
            .copied()
            .collect();
        found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        found.truncate(MAX_DETECTIONS);
        scored.extend(judge(&there, &found));
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let at = |threshold: usize| precision_at(&scored, threshold, truths);
    let ap = (0..IOU_THRESHOLDS.len()).map(at).sum::<f64>() / IOU_THRESHOLDS.len() as f64;
    ClassPrecision {
        ap,
        ap50: at(0),
        truths,
    }
}

fn judge(truths: &[Truth], found: &[Detection]) -> Vec<(f32, [Outcome; IOU_THRESHOLDS.len()])> {
    let mut outcomes = vec![[Outcome::Miss; IOU_THRESHOLDS.len()]; found.len()];
    for (step, threshold) in IOU_THRESHOLDS.iter().enumerate() {
        let mut taken = vec![false; truths.len()];
        for (detection, outcome) in found.iter().zip(&mut outcomes) {
            let mut best = *threshold;
            let mut matched: Option<usize> = None;
            for (index, truth) in truths.iter().enumerate() {
                if taken[index] && !truth.crowd {
                    continue;
                }
                if truth.crowd && matched.is_some_and(|m| !truths[m].crowd) {
                    break;
                }
                let overlap = overlap(&detection.rect, truth);
                if overlap >= best {
                    best = overlap;
                    matched = Some(index);
                }
            }
            if let Some(index) = matched {
                taken[index] = true;
                outcome[step] = if truths[index].crowd {
                    Outcome::Ignored
                } else {
                    Outcome::Hit
                };
            }
        }
    }
    found
        .iter()
        .map(|detection| detection.confidence)
        .zip(outcomes)
        .collect()
}

/// Intersection over union; over the detection's own area where the truth is a crowd.
fn overlap(found: &Rect, truth: &Truth) -> f64 {
    let area = |r: &Rect| f64::from(r.w.max(0.0)) * f64::from(r.h.max(0.0));
    let edge = |a: f32, b: f32| f64::from(a) + f64::from(b);
    let (f, t) = (found, &truth.rect);
    let w = edge(f.x, f.w).min(edge(t.x, t.w)) - f64::from(f.x.max(t.x));
    let h = edge(f.y, f.h).min(edge(t.y, t.h)) - f64::from(f.y.max(t.y));
    let inner = w.max(0.0) * h.max(0.0);
    let outer = if truth.crowd {
        area(f)
    } else {
        area(f) + area(t) - inner
    };
    if outer > 0.0 { inner / outer } else { 0.0 }
}

/// Area under the precision envelope, sampled at 101 recalls.
fn precision_at(scored: &[(f32, [Outcome; IOU_THRESHOLDS.len()])], threshold: usize, truths: usize) -> f64 {
    let (mut hits, mut misses) = (0.0_f64, 0.0_f64);
    let mut curve: Vec<(f64, f64)> = Vec::with_capacity(scored.len());
    for (_, outcome) in scored {
        match outcome[threshold] {
            Outcome::Hit => hits += 1.0,
            Outcome::Miss => misses += 1.0,
            Outcome::Ignored => continue,
        }
        curve.push((hits / truths as f64, hits / (hits + misses)));
    }
    for i in (1..curve.len()).rev() {
        curve[i - 1].1 = curve[i - 1].1.max(curve[i].1);
    }
    let sample = |step: usize| {
        let recall = step as f64 / (RECALL_STEPS - 1) as f64;
        curve
            .get(curve.partition_point(|(r, _)| *r < recall))
            .map_or(0.0, |(_, precision)| *precision)
    };
    (0..RECALL_STEPS).map(sample).sum::<f64>() / RECALL_STEPS as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(x: f32) -> Truth {
        Truth {
            rect: Rect {
                x,
                y: 0.0,
                w: 10.0,
                h: 10.0,
            },
            label_id: 0,
            crowd: false,
        }
    }

    fn found(x: f32, confidence: f32) -> Detection {
        Detection {
            rect: Rect {
                x,
                y: 0.0,
                w: 10.0,
                h: 10.0,
            },
            label_id: 0,
            confidence,
        }
    }

    fn ap50(truths: Vec<Truth>, detections: Vec<Detection>) -> f64 {
        average_precision(&[Image { truths, detections }])[&0].ap50
    }

    #[test]
    fn all_found_and_nothing_else_is_one() {
        let classes = average_precision(&[Image {
            truths: vec![truth(0.0), truth(50.0)],
            detections: vec![found(0.0, 0.9), found(50.0, 0.8)],
        }]);
        assert_eq!(mean(&classes), (1.0, 1.0));
    }

    #[test]
    fn one_of_two_found_is_half_of_the_recall_points() {
        assert!((ap50(vec![truth(0.0), truth(50.0)], vec![found(0.0, 0.9)]) - 51.0 / 101.0).abs() < 1e-12);
    }

    #[test]
    fn a_false_alarm_costs_only_when_it_ranks_above_a_hit() {
        assert_eq!(ap50(vec![truth(0.0)], vec![found(0.0, 0.9), found(80.0, 0.1)]), 1.0);
        assert_eq!(ap50(vec![truth(0.0)], vec![found(0.0, 0.5), found(80.0, 0.9)]), 0.5);
    }

    #[test]
    fn a_second_box_on_the_same_object_is_a_false_alarm() {
        let ap50 = ap50(
            vec![truth(0.0), truth(50.0)],
            vec![found(0.0, 0.9), found(1.0, 0.8), found(50.0, 0.7)],
        );
        assert!((ap50 - (51.0 + 50.0 * 2.0 / 3.0) / 101.0).abs() < 1e-9, "{ap50}");
    }

    #[test]
    fn a_box_off_by_a_fifth_passes_only_the_lower_thresholds() {
        // IoU of 10×10 shifted by 2 is 80 / 120: .50, .55, .60 and .65 pass.
        let classes = average_precision(&[Image {
            truths: vec![truth(0.0)],
            detections: vec![found(2.0, 0.9)],
        }]);
        assert!((classes[&0].ap - 0.4).abs() < 1e-12);
    }

    #[test]
    fn a_box_in_a_crowd_is_neither_right_nor_wrong() {
        let crowd = Truth {
            rect: Rect {
                x: 40.0,
                y: 0.0,
                w: 100.0,
                h: 100.0,
            },
            label_id: 0,
            crowd: true,
        };
        assert_eq!(
            ap50(vec![truth(0.0), crowd], vec![found(60.0, 0.95), found(0.0, 0.9)]),
            1.0
        );
    }
}
