use luchs_report::optimise::Interval;
use luchs_scene::{Detection, Rect};
use proptest::prelude::*;

use super::*;
use crate::bootstrap::Draws;

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
    assert_eq!(mean(classes.into_values()), Means { map: 1.0, ap50: 1.0 });
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

/// Ten images with two objects each; on the first `good` of them both are found, on the others one.
fn images(good: usize) -> Vec<Image> {
    let image = |index| Image {
        truths: vec![truth(0.0), truth(50.0)],
        detections: if index < good {
            vec![found(0.0, 0.9), found(50.0, 0.8)]
        } else {
            vec![found(0.0, 0.9)]
        },
    };
    (0..10).map(image).collect()
}

#[test]
fn an_image_that_counts_twice_is_as_good_as_two_of_it() {
    let all = images(4);
    let twice: Vec<Image> = [0, 0, 3, 7, 7, 7].map(|index: usize| all[index].clone()).into();
    let mut times = vec![0; 10];
    (times[0], times[3], times[7]) = (2, 1, 3);
    assert_eq!(Judged::new(&all).means(&times), Judged::new(&twice).means(&[1; 6]));
}

#[test]
fn the_drop_is_known_within_its_interval() {
    let draws = Draws { rounds: 300, seed: 1 };
    let [before, after] = [10, 6].map(|good| Redrawn::new(Judged::new(&images(good)), draws));
    let precision = before.against(&after);
    // 16 of 20 objects at full precision: 81 of the 101 recalls are reached.
    assert!((precision.map - 81.0 / 101.0).abs() < 1e-9, "{precision:?}");
    assert!((precision.map_drop.value - 20.0 / 101.0).abs() < 1e-9, "{precision:?}");
    let interval = precision.map_drop.interval.unwrap();
    assert!(
        interval.low > 0.0 && interval.low < precision.map_drop.value && interval.high > precision.map_drop.value,
        "{precision:?}"
    );
    let same = before.against(&before).map_drop;
    let none = Interval { low: 0.0, high: 0.0 };
    assert_eq!((same.value, same.interval), (0.0, Some(none)));
    let classes = before.by_class(&after);
    assert_eq!((classes[0].truths, classes[0].before), (20, 1.0));
    assert!((classes[0].after - 81.0 / 101.0).abs() < 1e-9);
}

proptest! {
    #[test]
    fn whatever_is_found_the_precision_is_a_part_of_one(
        boxes in proptest::collection::vec((0.0_f32..100.0, 0.0_f32..1.0), 0..30),
        times in proptest::collection::vec(0_u32..4, 2),
    ) {
        let detections: Vec<Detection> = boxes.iter().map(|(x, score)| found(*x, *score)).collect();
        let image = Image { truths: vec![truth(0.0), truth(50.0)], detections };
        let means = Judged::new(&[image.clone(), Image { detections: Vec::new(), ..image }]).means(&times);
        prop_assert!((0.0..=1.0).contains(&means.map) && means.map <= means.ap50 + 1e-12 && means.ap50 <= 1.0);
    }
}
