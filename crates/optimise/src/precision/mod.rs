//! Average precision by the COCO protocol: IoU thresholds .50 to .95 in steps of .05, 101 recall points, at most 100
//! detections per image and class, crowd regions neither counted nor punished.
//! Lin et al., “Microsoft COCO: Common Objects in Context”, ECCV 2014; the procedure is that of the COCO API.

mod curve;
mod drop;
mod judge;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use luchs_scene::{Detection, Rect};

use curve::Curve;
pub use drop::{ClassDrop, Redrawn};
use judge::{Fate, judge};

const IOU_THRESHOLDS: [f64; 10] = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
const MAX_DETECTIONS: usize = 100;

/// A labelled object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Where, in pixels.
    pub rect: Rect,
    /// Class index.
    pub label_id: u32,
    /// A region with many objects of the class that were not labelled one by one.
    pub crowd: bool,
}

/// One image: what is there and what was found.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// What is there.
    pub truths: Vec<Truth>,
    /// What was found.
    pub detections: Vec<Detection>,
}

/// Average precision of one class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassPrecision {
    /// Mean over the ten IoU thresholds.
    pub ap: f64,
    /// At IoU .50.
    pub ap50: f64,
    /// How many objects of the class are labelled.
    pub truths: usize,
}

/// Means over the classes, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Means {
    /// Mean average precision.
    pub map: f64,
    /// The same at IoU .50.
    pub ap50: f64,
}

/// Images whose boxes were compared with their labels. That is most of the work, and does not depend on which images are
/// counted how often.
#[derive(Clone, Debug)]
pub struct Judged {
    images: usize,
    classes: BTreeMap<u32, JudgedClass>,
}

#[derive(Clone, Debug, Default)]
struct JudgedClass {
    /// Image, fate of each box; the confident ones first.
    found: Vec<(usize, Fate)>,
    /// Labelled objects of each image that has any.
    truths: Vec<(usize, u32)>,
}

impl Judged {
    /// Compares the boxes of each image with its labels. Classes without a label are left out, as the protocol has it.
    pub fn new(images: &[Image]) -> Self {
        let labelled = images
            .iter()
            .flat_map(|image| &image.truths)
            .filter(|truth| !truth.crowd);
        let classes: BTreeSet<u32> = labelled.map(|truth| truth.label_id).collect();
        Self {
            images: images.len(),
            classes: classes
                .into_iter()
                .map(|class| (class, JudgedClass::new(images, class)))
                .collect(),
        }
    }

    /// How many images.
    pub fn images(&self) -> usize {
        self.images
    }

    /// Average precision of every class that has a label, by class index.
    pub fn by_class(&self) -> BTreeMap<u32, ClassPrecision> {
        let once = vec![1; self.images];
        let mut curve = Curve::default();
        let classes = self.classes.iter();
        classes
            .filter_map(|(class, judged)| Some((*class, judged.precision(&once, &mut curve)?)))
            .collect()
    }

    /// Means over the classes with image `i` counted `times[i]` times; a class of which no label is left is left out.
    pub fn means(&self, times: &[u32]) -> Means {
        let mut curve = Curve::default();
        let precisions = self
            .classes
            .values()
            .filter_map(|class| class.precision(times, &mut curve));
        mean(precisions)
    }
}

impl JudgedClass {
    fn new(images: &[Image], class: u32) -> Self {
        let mut scored = Vec::new();
        let mut truths = Vec::new();
        for (index, image) in images.iter().enumerate() {
            let mut there: Vec<Truth> = image.truths.iter().filter(|t| t.label_id == class).copied().collect();
            there.sort_by_key(|truth| truth.crowd);
            let count = there.iter().filter(|truth| !truth.crowd).count();
            if count > 0 {
                truths.push((index, count as u32));
            }
            let mut found: Vec<Detection> = image
                .detections
                .iter()
                .filter(|d| d.label_id == class)
                .copied()
                .collect();
            found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
            found.truncate(MAX_DETECTIONS);
            let fates = judge(&there, &found).into_iter();
            scored.extend(found.iter().zip(fates).map(|(d, fate)| (d.confidence, index, fate)));
        }
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        Self {
            found: scored.into_iter().map(|(_, image, fate)| (image, fate)).collect(),
            truths,
        }
    }

    fn precision(&self, times: &[u32], curve: &mut Curve) -> Option<ClassPrecision> {
        let truths: u32 = self.truths.iter().map(|(image, count)| times[*image] * count).sum();
        if truths == 0 {
            return None;
        }
        let mut at = |step: usize| {
            let fates = self.found.iter();
            let counted = fates.filter_map(|(image, fate)| Some((fate.at(step)?, times[*image])));
            curve.area(counted, truths)
        };
        let ap50 = at(0);
        let rest: f64 = (1..IOU_THRESHOLDS.len()).map(at).sum();
        Some(ClassPrecision {
            ap: (ap50 + rest) / IOU_THRESHOLDS.len() as f64,
            ap50,
            truths: truths as usize,
        })
    }
}

/// Average precision of every class that has a label, by class index.
pub fn average_precision(images: &[Image]) -> BTreeMap<u32, ClassPrecision> {
    Judged::new(images).by_class()
}

/// Means over classes; 0 of none.
pub fn mean(classes: impl IntoIterator<Item = ClassPrecision>) -> Means {
    let (mut count, mut sum) = (0_u32, Means::default());
    for class in classes {
        count += 1;
        sum.map += class.ap;
        sum.ap50 += class.ap50;
    }
    let count = f64::from(count.max(1));
    Means {
        map: sum.map / count,
        ap50: sum.ap50 / count,
    }
}
