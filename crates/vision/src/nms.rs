//! Greedy non-maximum suppression.

use luchs_scene::Detection;

/// Candidates beyond the best so many are not looked at: it bounds the time that a hostile model can take.
pub const MAX_CANDIDATES: usize = 4096;

/// Which detections compete for a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Those of the same class.
    #[default]
    PerClass,
    /// All.
    AllClasses,
}

/// Non-maximum suppression that keeps its memory from call to call.
#[derive(Debug, Default)]
pub struct Nms {
    order: Vec<u32>,
}

impl Nms {
    /// Writes to `kept` the best of `candidates`, at most `max`, best first, none of which overlaps a better one with
    /// an intersection over union above `iou_threshold`. Of equals the earlier candidate comes first.
    pub fn run(
        &mut self,
        candidates: &[Detection],
        scope: Scope,
        iou_threshold: f32,
        max: usize,
        kept: &mut Vec<Detection>,
    ) {
        kept.clear();
        self.order.clear();
        self.order
            .extend((0..candidates.len() as u32).filter(|&i| candidates[i as usize].confidence.is_finite()));
        let confidence = |i: &u32| candidates[*i as usize].confidence;
        self.order
            .sort_unstable_by(|a, b| confidence(b).total_cmp(&confidence(a)).then(a.cmp(b)));
        for &index in self.order.iter().take(MAX_CANDIDATES) {
            if kept.len() >= max {
                return;
            }
            let candidate = &candidates[index as usize];
            let suppressed = kept.iter().any(|better| {
                (scope == Scope::AllClasses || better.label_id == candidate.label_id)
                    && better.rect.iou(&candidate.rect) > iou_threshold
            });
            if !suppressed {
                kept.push(*candidate);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use luchs_scene::Rect;
    use proptest::prelude::*;

    use super::*;

    fn detection(x: f32, label_id: u32, confidence: f32) -> Detection {
        Detection {
            rect: Rect {
                x,
                y: 0.0,
                w: 10.0,
                h: 10.0,
            },
            label_id,
            confidence,
        }
    }

    fn run(candidates: &[Detection], scope: Scope, max: usize) -> Vec<Detection> {
        let mut kept = vec![detection(7.0, 7, 0.7)];
        Nms::default().run(candidates, scope, 0.5, max, &mut kept);
        kept
    }

    #[test]
    fn the_better_of_two_overlapping_boxes_stays() {
        let (worse, better, apart) = (detection(1.0, 0, 0.5), detection(0.0, 0, 0.9), detection(20.0, 0, 0.4));
        assert_eq!(run(&[worse, apart, better], Scope::PerClass, 10), [better, apart]);
        assert_eq!(run(&[worse, apart, better], Scope::PerClass, 1), [better]);
        assert_eq!(run(&[worse, apart, better], Scope::PerClass, 0), []);
    }

    #[test]
    fn classes_compete_only_when_asked_to() {
        let (cat, dog) = (detection(0.0, 15, 0.6), detection(0.0, 16, 0.5));
        assert_eq!(run(&[dog, cat], Scope::PerClass, 10), [cat, dog]);
        assert_eq!(run(&[dog, cat], Scope::AllClasses, 10), [cat]);
    }

    #[test]
    fn of_equals_the_first_stays() {
        let twins = [detection(0.0, 0, 0.5), detection(1.0, 0, 0.5)];
        assert_eq!(run(&twins, Scope::PerClass, 10), [twins[0]]);
    }

    proptest! {
        #[test]
        fn what_is_kept_is_sorted_apart_and_from_the_candidates(
            boxes in prop::collection::vec((0.0f32..100.0, 0u32..3, prop_oneof![0.0f32..1.0, Just(f32::NAN)]), 0..80)
        ) {
            let candidates: Vec<_> = boxes.iter().map(|&(x, label, score)| detection(x, label, score)).collect();
            let kept = run(&candidates, Scope::PerClass, 20);
            prop_assert!(kept.len() <= 20);
            for (i, a) in kept.iter().enumerate() {
                prop_assert!(candidates.contains(a));
                for b in &kept[i + 1..] {
                    prop_assert!(a.confidence >= b.confidence);
                    prop_assert!(a.label_id != b.label_id || a.rect.iou(&b.rect) <= 0.5);
                }
            }
        }
    }
}
