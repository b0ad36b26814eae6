//! Which boxes are right: at each overlap, the confident ones first, each labelled object once.

use luchs_scene::{Detection, Rect};

use super::{IOU_THRESHOLDS, Truth};

/// How a box fared, a bit for each overlap that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fate {
    hits: u16,
    /// It lies on a crowd region.
    ignored: u16,
}

impl Fate {
    /// Whether it found an object at overlap number `step`; None if it neither counts nor is punished.
    pub(super) fn at(self, step: usize) -> Option<bool> {
        (self.ignored >> step & 1 == 0).then_some(self.hits >> step & 1 == 1)
    }
}

/// The fate of each box of one class on one image. `found` is sorted, best first; among `truths` the crowds come last: a
/// proper object is preferred to a crowd that overlaps more.
pub(super) fn judge(truths: &[Truth], found: &[Detection]) -> Vec<Fate> {
    let mut fates = vec![Fate::default(); found.len()];
    for (step, threshold) in IOU_THRESHOLDS.iter().enumerate() {
        let mut taken = vec![false; truths.len()];
        for (detection, fate) in found.iter().zip(&mut fates) {
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
                if truths[index].crowd {
                    fate.ignored |= 1 << step;
                } else {
                    fate.hits |= 1 << step;
                }
            }
        }
    }
    fates
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
