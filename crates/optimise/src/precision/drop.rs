//! What a change of the model costs in average precision.

use serde::Serialize;

use super::{Judged, Means};
use crate::bootstrap::{Draws, Interval};

/// The precision of one model, and that on every draw of the images.
#[derive(Clone, Debug)]
pub struct Redrawn {
    judged: Judged,
    whole: Means,
    draws: Vec<Means>,
}

/// What a candidate loses against the original, in points (hundredths). Negative where it gains.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Drop {
    /// Of mean average precision.
    pub map: f64,
    /// What 95 % of the draws have, see [`crate::bootstrap`].
    pub map_interval: Interval,
    /// At IoU .50.
    pub ap50: f64,
    /// Likewise.
    pub ap50_interval: Interval,
    /// On how many images.
    pub images: usize,
}

/// What a candidate loses in one class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassDrop {
    /// Class index.
    pub label_id: u32,
    /// Labelled objects.
    pub truths: usize,
    /// Average precision of the original, 0 to 1.
    pub reference: f64,
    /// Average precision of the candidate, 0 to 1.
    pub candidate: f64,
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

    /// What `candidate` loses against this one. Both were made of the same images and draws.
    pub fn drop_of(&self, candidate: &Self) -> Drop {
        let points = |of: fn(&Means) -> f64| {
            let lost = |(a, b): (&Means, &Means)| (of(a) - of(b)) * 100.0;
            let all = self.draws.iter().zip(&candidate.draws).map(lost).collect();
            let whole = lost((&self.whole, &candidate.whole));
            let interval = Interval::of(all).unwrap_or(Interval {
                low: whole,
                high: whole,
            });
            (whole, interval)
        };
        let (map, map_interval) = points(|means| means.map);
        let (ap50, ap50_interval) = points(|means| means.ap50);
        Drop {
            map,
            map_interval,
            ap50,
            ap50_interval,
            images: self.judged.images(),
        }
    }

    /// The same class by class.
    pub fn by_class(&self, candidate: &Self) -> Vec<ClassDrop> {
        let candidates = candidate.judged.by_class();
        let classes = self.judged.by_class().into_iter();
        let one = |(label_id, reference): (u32, super::ClassPrecision)| ClassDrop {
            label_id,
            truths: reference.truths,
            reference: reference.ap,
            candidate: candidates.get(&label_id).map_or(0.0, |candidate| candidate.ap),
        };
        classes.map(one).collect()
    }
}
