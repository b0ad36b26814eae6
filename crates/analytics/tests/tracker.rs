//! What a tracker promises, whatever a detector says.

use std::{collections::BTreeMap, time::Duration};

use luchs_analytics::tracker::{Mode, NOMINAL_FRAME, Settings, Tracker};
use luchs_scene::{Detection, Rect};
use proptest::prelude::*;

fn at(x: f32, y: f32, confidence: f32) -> Detection {
    Detection {
        rect: Rect {
            x,
            y,
            w: 40.0,
            h: 100.0,
        },
        label_id: 0,
        confidence,
    }
}

fn of_class(label_id: u32, detection: Detection) -> Detection {
    Detection { label_id, ..detection }
}

fn tracker() -> Tracker {
    Tracker::new(Settings::default())
}

fn see(tracker: &mut Tracker, detections: &[Detection]) -> Vec<Option<u64>> {
    tracker.update(NOMINAL_FRAME, detections)
}

#[test]
fn two_who_cross_keep_their_ids() {
    let mut tracker = tracker();
    for frame in 0..60_u8 {
        let step = 4.0 * f32::from(frame);
        let ids = see(
            &mut tracker,
            &[at(10.0 + step, 100.0, 0.9), at(250.0 - step, 110.0, 0.8)],
        );
        assert_eq!(ids, [Some(1), Some(2)], "frame {frame}");
    }
}

#[test]
fn who_is_half_hidden_is_followed_by_what_little_the_detector_sees() {
    let mut tracker = tracker();
    for frame in 0..40_u8 {
        let confidence = if (10..30).contains(&frame) { 0.3 } else { 0.9 };
        assert_eq!(
            see(&mut tracker, &[at(f32::from(frame), 0.0, confidence)]),
            [Some(1)],
            "frame {frame}"
        );
    }
}

#[test]
fn who_is_hidden_for_less_than_max_lost_comes_back_as_the_same() {
    let mut tracker = tracker();
    let walker = |frame: u8| at(3.0 * f32::from(frame), 0.0, 0.9);
    for frame in 0..20 {
        see(&mut tracker, &[walker(frame)]);
    }
    for _ in 20..35 {
        see(&mut tracker, &[]);
    }
    assert_eq!(see(&mut tracker, &[walker(35)]), [Some(1)]);
    for _ in 36..80 {
        see(&mut tracker, &[]);
    }
    see(&mut tracker, &[walker(80)]);
    assert_eq!((see(&mut tracker, &[walker(81)]), tracker.active()), (vec![Some(2)], 1));
}

#[test]
fn frames_that_no_detector_looked_at_move_tracks_on_and_end_them_in_time() {
    let mut tracker = tracker();
    let walker = |frame: u8| at(8.0 * f32::from(frame), 0.0, 0.9);
    for frame in 0..60 {
        if frame % 3 == 0 {
            assert_eq!(see(&mut tracker, &[walker(frame)]), [Some(1)], "frame {frame}");
        } else {
            tracker.predict_only(NOMINAL_FRAME);
        }
    }
    (0..39).for_each(|_| tracker.predict_only(NOMINAL_FRAME));
    assert_eq!(tracker.active(), 0);
}

#[test]
fn while_nothing_moves_who_stands_there_keeps_id_and_place_however_long_it_lasts() {
    let mut tracker = tracker();
    // Walks in, and stops within one frame: the filter still believes in the walk.
    let walk: Vec<_> = (0..20)
        .map(|n| see(&mut tracker, &[at(10.0 * n as f32, 0.0, 0.9)]))
        .collect();
    assert_eq!(walk[19], [Some(1)]);
    let mut coasting = tracker.clone();
    for _ in 0..25 * 60 {
        tracker.rest();
    }
    assert_eq!(see(&mut tracker, &[at(195.0, 0.0, 0.9)]), [Some(1)]);
    assert_eq!(tracker.active(), 1);
    // The same time as frames that merely were not looked at ends the track.
    (0..25 * 60).for_each(|_| coasting.predict_only(NOMINAL_FRAME));
    assert_eq!(coasting.active(), 0);
}

#[test]
fn who_is_half_hidden_is_followed_between_skipped_frames_too() {
    let mut tracker = tracker();
    for frame in 0..60_u8 {
        let confidence = if frame > 20 { 0.3 } else { 0.9 };
        if frame % 3 == 0 {
            let ids = see(&mut tracker, &[at(8.0 * f32::from(frame), 0.0, confidence)]);
            assert_eq!(ids, [Some(1)], "frame {frame}");
        } else {
            tracker.predict_only(NOMINAL_FRAME);
        }
    }
}

#[test]
fn a_camera_of_half_a_frame_per_second_still_has_tracks() {
    let mut tracker = tracker();
    for frame in 0..10 {
        assert_eq!(
            tracker.update(Duration::from_secs(2), &[at(50.0, 50.0, 0.9)]),
            [Some(1)],
            "frame {frame}"
        );
    }
    assert_eq!(
        tracker.update(Duration::from_mins(1), &[at(50.0, 50.0, 0.9)]),
        [None],
        "the track outlived a minute"
    );
}

#[test]
fn what_flickers_for_a_single_frame_gets_no_id() {
    let mut tracker = tracker();
    see(&mut tracker, &[]);
    assert_eq!(see(&mut tracker, &[at(0.0, 0.0, 0.9)]), [None]);
    see(&mut tracker, &[]);
    assert_eq!(see(&mut tracker, &[at(0.0, 0.0, 0.9)]), [None]);
    assert_eq!(
        (tracker.total(), see(&mut tracker, &[at(0.0, 0.0, 0.9)])),
        (0, vec![Some(1)])
    );
}

#[test]
fn a_rider_and_the_bicycle_are_two_and_a_renamed_car_is_one() {
    let mut tracker = tracker();
    let bicycle = Detection {
        rect: Rect {
            x: 100.0,
            y: 120.0,
            w: 45.0,
            h: 90.0,
        },
        label_id: 1,
        confidence: 0.8,
    };
    let car = Detection {
        rect: Rect {
            x: 400.0,
            y: 100.0,
            w: 200.0,
            h: 100.0,
        },
        label_id: 2,
        confidence: 0.8,
    };
    assert_eq!(
        see(&mut tracker, &[at(100.0, 90.0, 0.9), bicycle, car]),
        [Some(1), Some(2), Some(3)]
    );
    // The rider is missed once: the bicycle must not become the rider, and the car may become a truck.
    assert_eq!(see(&mut tracker, &[bicycle, of_class(7, car)]), [Some(2), Some(3)]);
    assert_eq!(
        see(&mut tracker, &[at(100.0, 90.0, 0.9), bicycle, car]),
        [Some(1), Some(2), Some(3)]
    );
}

#[test]
fn sort_takes_confident_detections_only() {
    let mut tracker = Tracker::new(Settings {
        mode: Mode::Sort,
        ..Settings::default()
    });
    assert_eq!(see(&mut tracker, &[at(0.0, 0.0, 0.9)]), [Some(1)]);
    assert_eq!(see(&mut tracker, &[at(0.0, 0.0, 0.3)]), [None]);
    assert_eq!(see(&mut tracker, &[at(2.0, 0.0, 0.9)]), [Some(1)]);
}

#[test]
fn what_is_no_box_gets_no_track_and_harms_no_other() {
    let mut tracker = tracker();
    let bad = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 0.0, -5.0];
    for frame in 0..50 {
        let mut detections = vec![at(10.0, 10.0, 0.9), at(200.0, 10.0, f32::NAN)];
        for &v in &bad {
            detections.push(Detection {
                rect: Rect {
                    x: 10.0,
                    y: 10.0,
                    w: v,
                    h: 50.0,
                },
                label_id: 0,
                confidence: 0.9,
            });
            detections.push(Detection {
                rect: Rect {
                    x: v / 0.1,
                    y: 10.0,
                    w: 9.0,
                    h: v,
                },
                label_id: 0,
                confidence: 0.9,
            });
        }
        let ids = see(&mut tracker, &detections);
        assert_eq!(
            (ids[0], ids.iter().flatten().count()),
            (Some(1), 1),
            "frame {frame}: {ids:?}"
        );
    }
}

#[test]
fn the_number_of_tracks_has_a_limit_and_the_confident_ones_are_kept() {
    let mut tracker = Tracker::new(Settings {
        max_tracks: 10,
        ..Settings::default()
    });
    for frame in 0..20_u16 {
        // A different crowd each time, and one who stays.
        let crowd = (0..50_u16).map(|i| at(100.0 * f32::from(i + 1), 200.0 * f32::from(frame), 0.7));
        let detections: Vec<_> = crowd.chain([at(0.0, 0.0, 0.95)]).collect();
        assert_eq!(
            see(&mut tracker, &detections).last().unwrap(),
            &Some(1),
            "frame {frame}"
        );
        assert!(tracker.active() <= 10);
    }
}

#[test]
fn after_a_reset_ids_go_on() {
    let mut tracker = tracker();
    assert_eq!(see(&mut tracker, &[at(0.0, 0.0, 0.9)]), [Some(1)]);
    tracker.reset();
    assert_eq!(see(&mut tracker, &[at(0.0, 0.0, 0.9)]), [Some(2)]);
}

/// Few places, sizes, confidences and classes, so that equal boxes and ties are common.
fn detection() -> impl Strategy<Value = Detection> {
    (0_u8..12, 0_u8..4, 1_u8..4, 0_u8..6, 0_u32..3).prop_map(|(x, y, w, confidence, label_id)| Detection {
        rect: Rect {
            x: 20.0 * f32::from(x),
            y: 20.0 * f32::from(y),
            w: 20.0 * f32::from(w),
            h: 60.0,
        },
        label_id,
        confidence: 0.2 * f32::from(confidence),
    })
}

fn frames() -> impl Strategy<Value = Vec<(u16, Option<Vec<Detection>>)>> {
    let frame = proptest::option::weighted(0.9, proptest::collection::vec(detection(), 0..12));
    proptest::collection::vec((0_u16..300, frame), 1..40)
}

fn settings() -> impl Strategy<Value = Settings> {
    (any::<bool>(), 1_u32..4, 2_usize..20).prop_map(|(sort, min_hits, max_tracks)| Settings {
        mode: if sort { Mode::Sort } else { Mode::ByteTrack },
        min_hits,
        max_tracks,
        ..Settings::default()
    })
}

type Seen = Vec<(Option<u64>, u32, u32, [u32; 4])>;

/// What a frame's result says, apart from the order of detections.
fn sorted(detections: &[Detection], ids: &[Option<u64>]) -> Seen {
    let bits = |d: &Detection| [d.rect.x, d.rect.y, d.rect.w, d.rect.h].map(f32::to_bits);
    let mut seen: Seen = detections
        .iter()
        .zip(ids)
        .map(|(d, id)| (*id, d.label_id, d.confidence.to_bits(), bits(d)))
        .collect();
    seen.sort_unstable();
    seen
}

proptest! {
    #[test]
    fn the_order_of_detections_does_not_matter(frames in frames(), settings in settings(), seed in any::<u64>()) {
        let (mut one, mut other) = (Tracker::new(settings.clone()), Tracker::new(settings));
        let mut random = seed;
        for (millis, detections) in frames {
            let elapsed = Duration::from_millis(u64::from(millis));
            let Some(detections) = detections else {
                one.predict_only(elapsed);
                other.predict_only(elapsed);
                continue;
            };
            let mut shuffled = detections.clone();
            for i in (1..shuffled.len()).rev() {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                shuffled.swap(i, (random >> 33) as usize % (i + 1));
            }
            let ids = one.update(elapsed, &detections);
            let others = other.update(elapsed, &shuffled);
            prop_assert_eq!(sorted(&detections, &ids), sorted(&shuffled, &others));
        }
    }

    #[test]
    fn ids_are_unique_in_a_frame_and_grow_one_by_one(frames in frames(), settings in settings()) {
        let limit = settings.max_tracks;
        let mut tracker = Tracker::new(settings);
        let mut highest = 0;
        let mut last_seen: BTreeMap<u64, usize> = BTreeMap::new();
        for (number, (millis, detections)) in frames.into_iter().enumerate() {
            let elapsed = Duration::from_millis(u64::from(millis));
            let Some(detections) = detections else {
                tracker.predict_only(elapsed);
                continue;
            };
            let ids = tracker.update(elapsed, &detections);
            prop_assert_eq!(ids.len(), detections.len());
            prop_assert!(tracker.active() <= limit);
            for id in ids.into_iter().flatten() {
                prop_assert_ne!(last_seen.insert(id, number), Some(number), "id {} twice in a frame", id);
            }
            let newest = last_seen.keys().next_back().copied().unwrap_or(0);
            prop_assert_eq!(newest, tracker.total());
            prop_assert!(newest >= highest && last_seen.len() as u64 == newest);
            highest = newest;
        }
    }
}
