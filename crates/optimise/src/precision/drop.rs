//! What a change of the model costs in average precision.

use luchs_report::optimise::Precision;

use super::{ClassPrecision, Judged, Means};
use crate::bootstrap::{Draws, estimate};

/// The precision of one model, and that on every draw of the images.
#[derive(Clone, Debug)]
pub struct Redrawn {
    judged: Judged,
    whole: Means,
    draws: Vec<Means>,
}

/// What became of a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassDrop {
    /// Class index.
    pub label_id: u32,
    /// Labelled objects.
    pub truths: usize,
    /// Average precision of the original, 0 to 1.
    pub before: f64,
    /// Average precision of the candidate, 0 to 1.
    pub after: f64,
}

impl Redrawn {
    /// The precision on all of `judged` and on `draws` of its images.
    pub fn new(judged: Judged, draws: Draws) -> Self {
        Self {
            whole: judged.means(&vec![1; judged.images()]),
            draws: draws.each(judged.images(), |times| judged.means(times)),
            judged,
        }
    }

    /// On all images.
    pub fn means(&self) -> Means {
        self.whole
    }

    /// The precision of `candidate`, and what it loses against this one. Both were made of the same images and draws.
    pub fn against(&self, candidate: &Self) -> Precision {
        let drop = |of: fn(&Means) -> f64| {
            let lost = |(before, after): (&Means, &Means)| of(before) - of(after);
            let draws = self.draws.iter().zip(&candidate.draws).map(lost).collect();
            estimate(lost((&self.whole, &candidate.whole)), draws)
        };
        Precision {
            map: candidate.whole.map,
            ap50: candidate.whole.ap50,
            map_drop: drop(|means| means.map),
            ap50_drop: drop(|means| means.ap50),
        }
    }

    /// The same class by class.
    pub fn by_class(&self, candidate: &Self) -> Vec<ClassDrop> {
        let after = candidate.judged.by_class();
        let one = |(label_id, before): (u32, ClassPrecision)| ClassDrop {
            label_id,
            truths: before.truths,
            before: before.ap,
            after: after.get(&label_id).map_or(0.0, |after| after.ap),
        };
        self.judged.by_class().into_iter().map(one).collect()
    }
}
