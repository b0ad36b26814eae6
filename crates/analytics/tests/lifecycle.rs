//! What the events of a camera's objects promise.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use luchs_analytics::lifecycle::{Lifecycle, Moment, Settings};
use luchs_scene::{
    Draft, Object, Rect, Size, Utc,
    event::{Kind, TimeSource},
};
use proptest::prelude::*;

const FRAME: Size = Size {
    width: 640,
    height: 480,
};

fn at(stream_ms: u64) -> Moment {
    Moment {
        time: Utc::from_unix_millis(1_795_443_939_000 + stream_ms as i64),
        time_source: Some(TimeSource::Ntp),
        stream_time_ns: Some(stream_ms * 1_000_000),
        running_time_ns: Some(stream_ms * 1_000_000),
        frame: FRAME,
    }
}

fn wall(millis: i64) -> Moment {
    Moment {
        time: Utc::from_unix_millis(millis),
        time_source: None,
        stream_time_ns: None,
        running_time_ns: None,
        frame: FRAME,
    }
}

fn seen(id: u64, label: &str, confidence: f32) -> Object {
    let rect = Rect {
        x: 10.0,
        y: 20.0,
        w: 30.0,
        h: 40.0,
    };
    Object {
        rect,
        label_id: label.len() as u32,
        label: label.into(),
        confidence,
        track_id: Some(id),
    }
}

fn lifecycle(settings: Settings) -> Lifecycle {
    Lifecycle::new("gate".parse().unwrap(), settings)
}

fn observe(life: &mut Lifecycle, at: Moment, objects: &[Object]) -> Vec<(Kind, u64)> {
    let mut out = Vec::new();
    life.observe(at, objects, &mut out);
    told(&out)
}

fn told(drafts: &[Draft]) -> Vec<(Kind, u64)> {
    drafts
        .iter()
        .map(|draft| (draft.kind, draft.object.as_ref().unwrap().id))
        .collect()
}

#[test]
fn time_in_which_nothing_moves_ends_no_object_but_updates_go_on() {
    let mut life = lifecycle(Settings::default());
    let person = [seen(1, "person", 0.9)];
    assert_eq!(observe(&mut life, at(0), &person), [(Kind::ObjectNew, 1)]);
    let still = |life: &mut Lifecycle, from: u64| (1..250).for_each(|n| life.rest(at(from + n * 40)));
    still(&mut life, 0);
    // Two looks in a row miss it, half a minute apart.
    assert_eq!(observe(&mut life, at(10_000), &[]), []);
    still(&mut life, 10_000);
    assert_eq!(observe(&mut life, at(20_000), &[]), []);
    assert_eq!(observe(&mut life, at(20_040), &person), [(Kind::ObjectUpdate, 1)]);
    // Where something moves, time counts.
    assert_eq!(observe(&mut life, at(22_000), &[]), []);
    assert_eq!(observe(&mut life, at(22_100), &[]), [(Kind::ObjectEnd, 1)]);
}

#[test]
fn a_visit_begins_is_reported_once_a_second_and_ends_with_the_last_facts() {
    let mut life = lifecycle(Settings::default());
    let mut out = Vec::new();
    for frame in 0..60 {
        life.observe(
            at(frame * 40),
            &[seen(7, "person", 0.5 + frame as f32 / 200.0)],
            &mut out,
        );
    }
    assert_eq!(
        told(&out),
        [(Kind::ObjectNew, 7), (Kind::ObjectUpdate, 7), (Kind::ObjectUpdate, 7)]
    );
    assert!(out.iter().all(|draft| draft.time_source == Some(TimeSource::Ntp)));
    out.clear();
    for frame in 60..120 {
        life.observe(at(frame * 40), &[], &mut out);
    }
    let [end] = &out[..] else { panic!("{out:?}") };
    let facts = end.object.as_ref().unwrap();
    assert_eq!(
        (end.kind, end.stream_time_ns, life.open()),
        (Kind::ObjectEnd, Some(4_360_000_000), 0)
    );
    assert_eq!((facts.first_seen, facts.last_seen), (at(0).time, at(59 * 40).time));
    assert!((facts.confidence - 0.795).abs() < 1e-6 && facts.top_confidence == facts.confidence);
}

#[test]
fn the_end_of_the_stream_ends_what_is_open_once() {
    let mut life = lifecycle(Settings::default());
    observe(&mut life, at(0), &[seen(2, "car", 0.5), seen(1, "person", 0.5)]);
    let mut out = Vec::new();
    life.finish(&mut out);
    life.finish(&mut out);
    assert_eq!(told(&out), [(Kind::ObjectEnd, 1), (Kind::ObjectEnd, 2)]);
}

#[test]
fn another_label_is_told_at_once_but_a_flicker_is_not() {
    let mut life = lifecycle(Settings::default());
    observe(&mut life, at(0), &[seen(1, "car", 0.8)]);
    assert_eq!(observe(&mut life, at(40), &[seen(1, "truck", 0.5)]), []);
    assert_eq!(
        observe(&mut life, at(80), &[seen(1, "truck", 0.5)]),
        [(Kind::ObjectUpdate, 1)]
    );
    let mut out = Vec::new();
    life.finish(&mut out);
    assert_eq!(&*out[0].object.as_ref().unwrap().label, "truck");
}

#[test]
fn a_clock_that_is_set_back_or_forth_neither_ends_nor_holds_an_object() {
    let mut life = lifecycle(Settings::default());
    let one = [seen(1, "person", 0.9)];
    assert_eq!(observe(&mut life, wall(1_000_000), &one), [(Kind::ObjectNew, 1)]);
    assert_eq!(observe(&mut life, wall(0), &one), [], "back to 1970");
    assert_eq!(observe(&mut life, wall(999), &one), []);
    assert_eq!(observe(&mut life, wall(1_000), &one), [(Kind::ObjectUpdate, 1)]);
    assert_eq!(
        observe(&mut life, wall(1_000_000_000), &[]),
        [],
        "one missed frame after a jump"
    );
    assert_eq!(observe(&mut life, wall(1_000_000_040), &one), [(Kind::ObjectUpdate, 1)]);
    observe(&mut life, wall(1_000_001_000), &[]);
    assert_eq!(observe(&mut life, wall(1_000_002_100), &[]), [(Kind::ObjectEnd, 1)]);
}

#[test]
fn stream_time_is_trusted_over_the_wall_clock() {
    let mut life = lifecycle(Settings::default());
    let moment = |ms: u64, wall: i64| Moment {
        time: Utc::from_unix_millis(wall),
        ..at(ms)
    };
    observe(&mut life, moment(0, 5_000), &[seen(1, "person", 0.9)]);
    for frame in 1..25 {
        assert_eq!(
            observe(
                &mut life,
                moment(frame * 40, 5_000 - 200 * frame as i64),
                &[seen(1, "person", 0.9)]
            ),
            []
        );
    }
    assert_eq!(
        observe(&mut life, moment(1_000, 0), &[seen(1, "person", 0.9)]),
        [(Kind::ObjectUpdate, 1)]
    );
}

#[test]
fn what_has_no_track_or_no_finite_box_is_not_told() {
    let mut life = lifecycle(Settings::default());
    let nameless = Object {
        track_id: None,
        ..seen(1, "person", 0.9)
    };
    let endless = Object {
        rect: Rect {
            x: f32::NAN,
            ..Rect::default()
        },
        ..seen(2, "person", 0.9)
    };
    let unsure = seen(3, "person", f32::NAN);
    let mut out = Vec::new();
    life.observe(at(0), &[nameless, endless, unsure], &mut out);
    assert_eq!(told(&out), [(Kind::ObjectNew, 3)]);
    assert_eq!(out[0].object.as_ref().unwrap().confidence, 0.0);
}

#[test]
fn of_two_boxes_with_one_id_the_surer_one_counts() {
    let mut life = lifecycle(Settings::default());
    let mut out = Vec::new();
    life.observe(
        at(0),
        &[seen(1, "car", 0.4), seen(1, "bus", 0.6), seen(1, "van", 0.6)],
        &mut out,
    );
    assert_eq!(told(&out), [(Kind::ObjectNew, 1)]);
    assert_eq!(&*out[0].object.as_ref().unwrap().label, "bus");
}

#[test]
fn memory_is_bounded_and_what_is_pushed_out_is_ended() {
    let mut life = lifecycle(Settings {
        max_open: 3,
        ..Settings::default()
    });
    observe(&mut life, at(0), &[seen(1, "a", 0.9), seen(2, "a", 0.9)]);
    let crowd = [seen(2, "a", 0.9), seen(3, "a", 0.9), seen(4, "a", 0.9)];
    let events = observe(&mut life, at(40), &crowd);
    assert_eq!(
        events,
        [(Kind::ObjectNew, 3), (Kind::ObjectNew, 4), (Kind::ObjectEnd, 1)]
    );
    assert_eq!(life.open(), 3);
}

/// Frames at any distance, some with wild clocks; which of six tracks are seen on each.
fn story() -> impl Strategy<Value = Vec<(i64, bool, u8)>> {
    proptest::collection::vec(
        (
            prop_oneof![9 => 0_i64..400, 1 => -5_000_i64..5_000],
            any::<bool>(),
            any::<u8>(),
        ),
        1..80,
    )
}

proptest! {
    /// No time-out here, so that no track comes back after its end.
    #[test]
    fn every_track_begins_once_and_ends_once_with_updates_between(story in story(), update_interval_ms in 0_u64..2_000) {
        let mut life = lifecycle(Settings { update_interval_ms, end_after_ms: u64::MAX, ..Settings::default() });
        let mut out = Vec::new();
        let mut seen_ids = std::collections::BTreeSet::new();
        let mut now = 100_000_i64;
        for (step, streamed, mask) in story {
            now += step;
            let objects: Vec<_> = (0..6).filter(|bit| mask >> bit & 1 == 1).map(|id| seen(id, "x", 0.5)).collect();
            seen_ids.extend(objects.iter().filter_map(|o| o.track_id));
            let running_time_ns = streamed.then_some(now.unsigned_abs() * 1_000_000);
            life.observe(Moment { running_time_ns, ..wall(now) }, &objects, &mut out);
        }
        life.finish(&mut out);
        let mut lives: BTreeMap<u64, Vec<Kind>> = BTreeMap::new();
        for (kind, id) in told(&out) {
            lives.entry(id).or_default().push(kind);
        }
        prop_assert_eq!(lives.keys().copied().collect::<Vec<_>>(), seen_ids.into_iter().collect::<Vec<_>>());
        for kinds in lives.values() {
            prop_assert!(matches!(kinds[..], [Kind::ObjectNew, .., Kind::ObjectEnd]), "{:?}", kinds);
            prop_assert!(kinds[1..kinds.len() - 1].iter().all(|kind| *kind == Kind::ObjectUpdate), "{:?}", kinds);
        }
    }

    /// With time-outs a track may live more than once; lives never overlap, and facts are in order.
    #[test]
    fn lives_of_one_track_never_overlap(story in story(), end_after_ms in 0_u64..1_000) {
        let mut life = lifecycle(Settings { end_after_ms, max_open: 4, ..Settings::default() });
        let mut out = Vec::new();
        let mut now = 100_000_i64;
        for (step, streamed, mask) in story {
            now += step;
            let objects: Vec<_> = (0..6).filter(|bit| mask >> bit & 1 == 1).map(|id| seen(id, "x", 0.5)).collect();
            let running_time_ns = streamed.then_some(now.unsigned_abs() * 1_000_000);
            life.observe(Moment { running_time_ns, ..wall(now) }, &objects, &mut out);
            prop_assert!(life.open() <= 4);
        }
        life.finish(&mut out);
        let mut open = std::collections::BTreeSet::new();
        for draft in &out {
            let facts = draft.object.as_ref().unwrap();
            prop_assert!(facts.first_seen <= facts.last_seen && facts.top_confidence >= facts.confidence);
            match draft.kind {
                Kind::ObjectNew => prop_assert!(open.insert(facts.id)),
                Kind::ObjectUpdate => prop_assert!(open.contains(&facts.id)),
                _ => prop_assert!(open.remove(&facts.id)),
            }
        }
        prop_assert!(open.is_empty());
    }
}

#[test]
fn a_video_that_is_played_backwards_has_updates_and_ends_too() {
    let mut life = lifecycle(Settings::default());
    let backwards = |frame: u64| Moment {
        stream_time_ns: Some((10_000 - frame * 100) * 1_000_000),
        ..at(frame * 100)
    };
    let mut out = Vec::new();
    for frame in 0..15 {
        life.observe(backwards(frame), &[seen(1, "person", 0.9)], &mut out);
    }
    for frame in 15..40 {
        life.observe(backwards(frame), &[], &mut out);
    }
    assert_eq!(
        told(&out),
        [(Kind::ObjectNew, 1), (Kind::ObjectUpdate, 1), (Kind::ObjectEnd, 1)]
    );
}
