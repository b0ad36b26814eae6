//! Whether labels are those that a model was trained on.

use crate::precision::{Image, Judged};

/// Least average precision at IoU .50 for labels that are the model's own.
const LEAST: f64 = 0.05;
/// And the least part of what it reaches if classes do not count. Where the first classes of two lists are the same and the
/// others are moved, a tenth is left; models that know their classes reach as much as without them, or more.
const OF_BLIND: f64 = 0.25;

/// Why labels are not a model's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strange {
    /// Nothing lies where it finds something.
    Places {
        /// What it reaches.
        ap50: f64,
    },
    /// Objects lie there, but of other classes.
    Classes {
        /// What it reaches.
        ap50: f64,
        /// If classes do not count.
        blind: f64,
    },
}

/// Compares what the model found with the labels, with and without classes.
pub(super) fn strange(images: &[Image], ap50: f64) -> Option<Strange> {
    let blind = Judged::new(&images.iter().map(of_one_class).collect::<Vec<_>>());
    let blind = blind.means(&vec![1; images.len()]).ap50;
    if ap50 < OF_BLIND * blind && blind >= LEAST {
        Some(Strange::Classes { ap50, blind })
    } else {
        (ap50 < LEAST).then_some(Strange::Places { ap50 })
    }
}

fn of_one_class(image: &Image) -> Image {
    let mut image = image.clone();
    image.truths.iter_mut().for_each(|truth| truth.label_id = 0);
    image.detections.iter_mut().for_each(|found| found.label_id = 0);
    image
}

#[cfg(test)]
mod tests {
    use luchs_scene::{Detection, Rect};

    use super::*;
    use crate::precision::Truth;

    /// An object of each class on an image of its own, found where `found` says, as which class `called` says.
    fn images(found: impl Fn(u32) -> Rect, called: impl Fn(u32) -> u32) -> Vec<Image> {
        (0..10)
            .map(|class| Image {
                truths: vec![Truth {
                    rect: place(),
                    label_id: class,
                    crowd: false,
                }],
                detections: vec![Detection {
                    rect: found(class),
                    label_id: called(class),
                    confidence: 0.9,
                }],
            })
            .collect()
    }

    fn place() -> Rect {
        Rect {
            x: 10.0,
            y: 10.0,
            w: 50.0,
            h: 50.0,
        }
    }

    fn judged(images: &[Image]) -> Option<Strange> {
        let ap50 = Judged::new(images).means(&vec![1; images.len()]).ap50;
        strange(images, ap50)
    }

    #[test]
    fn labels_that_a_model_finds_are_its_own_even_if_it_mistakes_half_of_them() {
        assert_eq!(judged(&images(|_| place(), |class| class)), None);
        assert_eq!(judged(&images(|_| place(), |class| class / 2 * 2)), None);
    }

    #[test]
    fn a_list_of_classes_that_is_moved_behind_the_first_two_is_told() {
        let moved = images(|_| place(), |class| if class < 2 { class } else { class + 1 });
        let Some(Strange::Classes { ap50, blind }) = judged(&moved) else {
            panic!("{:?}", judged(&moved));
        };
        assert!(ap50 < 0.21 && blind > 0.99, "{ap50} {blind}");
    }

    #[test]
    fn labels_of_other_pictures_are_told() {
        let elsewhere = images(|_| Rect { x: 300.0, ..place() }, |class| class);
        assert_eq!(judged(&elsewhere), Some(Strange::Places { ap50: 0.0 }));
    }
}
