//! The policy on a box that can do so much, with cameras that send so much.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use luchs_scene::{Name, event::Condition};
use proptest::prelude::*;

use super::{Decision, Policy};
use crate::{camera::Load, config::Priority};

const TICK: Duration = Duration::from_millis(200);
/// The policy's steps, in ticks.
const STEP: usize = 10;
/// What averages are over, in ticks.
const WINDOW: usize = 25;

/// A box. Whoever wants less than an equal part of it gets that; the others share alike, as streams of an engine do.
struct Simulation {
    now: Instant,
    tick: usize,
    /// Looks per second.
    capacity: f64,
    /// Whether frames are lost uncounted where the detector is behind: queues keep the newest ones only.
    leaks: bool,
    cameras: BTreeMap<Name, Camera>,
    policy: Policy,
    told: Vec<(f64, Condition)>,
    last: Option<Decision>,
    /// Looks that were due and missed, by step, as a part of those that were due.
    missed: Vec<f64>,
    /// Looks per second that are planned, by step.
    planned: Vec<f64>,
    due: (f64, f64),
    chance: u64,
}

struct Camera {
    fps: f64,
    priority: Priority,
    base: u32,
    interval: u32,
    running: bool,
    counts: [f64; 3],
    samples: VecDeque<[f64; 3]>,
}

fn camera(fps: f64, priority: Priority) -> Camera {
    Camera {
        fps,
        priority,
        base: 1,
        interval: 1,
        running: true,
        counts: [0.0; 3],
        samples: VecDeque::new(),
    }
}

impl Camera {
    fn wants(&self) -> f64 {
        if self.running {
            self.fps / f64::from(self.interval)
        } else {
            0.0
        }
    }

    fn load(&self) -> Load {
        let first = self.samples.front().copied().unwrap_or(self.counts);
        let seconds = (self.samples.len() - 1) as f64 * TICK.as_secs_f64();
        let rate = |index: usize| {
            if seconds > 0.0 {
                (self.counts[index] - first[index]) / seconds
            } else {
                0.0
            }
        };
        Load {
            priority: self.priority,
            fps: rate(0),
            analysed_fps: rate(1),
            frames: self.counts[0] as u64,
            skipped: self.counts[2] as u64,
            interval: self.interval,
            running: self.running,
        }
    }
}

impl Simulation {
    fn new(capacity: f64, cameras: impl IntoIterator<Item = Camera>) -> Self {
        let named = cameras
            .into_iter()
            .enumerate()
            .map(|(number, camera)| (name(number), camera));
        Self {
            now: Instant::now(),
            tick: 0,
            capacity,
            leaks: false,
            cameras: named.collect(),
            policy: Policy::new(),
            told: Vec::new(),
            last: None,
            missed: Vec::new(),
            planned: Vec::new(),
            due: (0.0, 0.0),
            chance: 1,
        }
    }

    fn seconds(&self) -> f64 {
        self.tick as f64 * TICK.as_secs_f64()
    }

    /// Work is never even: 0.95 to 1.05.
    fn noise(&mut self) -> f64 {
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        0.95 + (self.chance >> 40) as f64 / (1u64 << 24) as f64 * 0.1
    }

    fn run(&mut self, seconds: u64) {
        for _ in 0..seconds * 5 {
            self.tick();
        }
    }

    fn tick(&mut self) {
        self.now += TICK;
        self.tick += 1;
        let mut wanting: Vec<f64> = self.cameras.values().map(Camera::wants).collect();
        wanting.sort_by(f64::total_cmp);
        let (mut left, mut level) = (self.capacity * self.noise(), f64::INFINITY);
        for (index, wants) in wanting.iter().enumerate() {
            let share = left / (wanting.len() - index) as f64;
            if *wants > share {
                level = share;
                break;
            }
            left -= wants;
        }
        for camera in self.cameras.values_mut().filter(|camera| camera.running) {
            let wants = camera.wants();
            let looked = wants.min(level);
            self.due.0 += wants;
            self.due.1 += wants - looked;
            // Every frame that comes too late while a look is due counts.
            let mut late = (camera.fps - looked * f64::from(camera.interval)).max(0.0);
            let mut frames = camera.fps;
            if self.leaks && late > 2.0 * looked {
                frames -= late - 2.0 * looked;
                late = 2.0 * looked;
            }
            for (count, rate) in camera.counts.iter_mut().zip([frames, looked, late]) {
                *count += rate * TICK.as_secs_f64();
            }
            camera.samples.push_back(camera.counts);
            if camera.samples.len() > WINDOW + 1 {
                camera.samples.pop_front();
            }
        }
        if self.tick.is_multiple_of(STEP) {
            self.step();
        }
    }

    fn step(&mut self) {
        let running = self.cameras.iter().filter(|(_, camera)| !camera.samples.is_empty());
        let loads = running.map(|(name, camera)| (name.clone(), camera.load())).collect();
        let base = self
            .cameras
            .iter()
            .map(|(name, camera)| (name.clone(), camera.base))
            .collect();
        let decision = self.policy.step(self.now, &loads, &base);
        for (name, interval) in &decision.intervals {
            let camera = self.cameras.get_mut(name).unwrap();
            assert!(*interval >= camera.base, "{name}: {interval}");
            camera.interval = *interval;
        }
        assert_eq!(decision.intervals.len(), base.len());
        if let Some(news) = &decision.news {
            self.told.push((self.seconds(), news.condition));
        }
        self.last = Some(decision);
        let (due, missed) = std::mem::take(&mut self.due);
        self.planned.push(self.wanted());
        self.missed.push(if due > 0.0 { missed / due } else { 0.0 });
    }

    fn told(&self) -> Vec<Condition> {
        self.told.iter().map(|(_, condition)| *condition).collect()
    }

    fn is_shedding(&self) -> bool {
        self.last.as_ref().unwrap().overload.shedding
    }

    /// Looks per second that the camera gets by its interval.
    fn rate(&self, number: usize) -> f64 {
        self.cameras[&name(number)].wants()
    }

    /// Part of the last `steps` in which clearly more than a tenth of the due looks was missed.
    fn bad(&self, steps: usize) -> f64 {
        let last = &self.missed[self.missed.len() - steps..];
        last.iter().filter(|missed| **missed > 0.13).count() as f64 / steps as f64
    }

    /// Looks per second that are usually planned, of the last `steps`.
    fn usual(&self, steps: usize) -> f64 {
        let mut last = self.planned[self.planned.len() - steps..].to_vec();
        last.sort_by(f64::total_cmp);
        last[steps / 2]
    }

    fn wanted(&self) -> f64 {
        self.cameras.values().map(Camera::wants).sum()
    }
}

fn name(number: usize) -> Name {
    format!("camera-{number}").parse().unwrap()
}

fn eight() -> Vec<Camera> {
    let mut cameras: Vec<_> = (0..8).map(|_| camera(25.0, Priority::Normal)).collect();
    cameras[0].priority = Priority::High;
    cameras[7].priority = Priority::Low;
    cameras
}

#[test]
fn a_box_that_can_do_it_all_sheds_nothing() {
    let mut box_ = Simulation::new(220.0, eight());
    box_.run(3600);
    assert_eq!(box_.told(), []);
    assert_eq!(box_.last.unwrap().overload.share, 1.0);
}

#[test]
fn too_many_cameras_are_looked_at_less_often_and_the_important_one_is_not() {
    for leaks in [false, true] {
        let mut box_ = Simulation::new(60.0, eight());
        box_.leaks = leaks;
        box_.run(60);
        assert_eq!(box_.told(), [Condition::OverloadShedding]);
        assert!(box_.told[0].0 <= 14.0, "after {} s", box_.told[0].0);
        assert_eq!(box_.rate(0), 25.0, "high priority");
        assert!(box_.rate(1) >= 3.0, "normal priority: {}", box_.rate(1));
        assert!((0.9..2.6).contains(&box_.rate(7)), "low priority: {}", box_.rate(7));
        box_.run(3600);
        // It tries more from time to time; otherwise nothing is missed, and not much is left unused.
        assert!(box_.bad(1800) < 0.05, "{}", box_.bad(1800));
        assert!((48.0..63.0).contains(&box_.usual(1800)), "{}", box_.usual(1800));
        assert_eq!(box_.told(), [Condition::OverloadShedding]);
        let overload = box_.last.unwrap().overload;
        assert!((0.22..0.33).contains(&overload.share), "{}", overload.share);
        assert!(overload.text.unwrap().contains("of 8 cameras"));
    }
}

#[test]
fn it_is_over_soon_after_cameras_have_gone() {
    let mut box_ = Simulation::new(60.0, eight());
    box_.run(120);
    assert!(box_.is_shedding());
    for number in 2..8 {
        box_.cameras.remove(&name(number));
    }
    box_.run(30);
    assert_eq!(box_.told(), [Condition::OverloadShedding, Condition::OverloadOver]);
    assert_eq!((box_.rate(0), box_.rate(1)), (25.0, 25.0));
}

#[test]
fn a_box_that_has_become_free_is_used_again() {
    let mut box_ = Simulation::new(40.0, eight());
    box_.run(600);
    box_.capacity = 240.0;
    box_.run(600);
    assert_eq!(box_.told(), [Condition::OverloadShedding, Condition::OverloadOver]);
    let over = box_.told[1].0 - 600.0;
    assert!(over < 500.0, "after {over} s");
}

#[test]
fn a_box_that_has_become_slower_sheds_more_within_seconds() {
    let mut box_ = Simulation::new(100.0, eight());
    box_.run(300);
    box_.capacity = 30.0;
    box_.run(30);
    assert!(box_.wanted() < 33.0, "{}", box_.wanted());
    box_.run(600);
    assert!(box_.bad(300) < 0.05, "{}", box_.bad(300));
}

#[test]
fn at_the_edge_it_does_not_tell_the_same_over_and_over() {
    for capacity in [170, 176, 180, 184, 188, 192, 196] {
        let mut box_ = Simulation::new(f64::from(capacity), eight());
        box_.run(3600);
        assert!(box_.told.len() <= 8, "{capacity}: {:?}", box_.told);
        assert!(box_.bad(1800) < 0.05, "{capacity}: {}", box_.bad(1800));
    }
}

#[test]
fn a_camera_that_comes_and_goes_takes_nothing_from_the_others_rest() {
    let mut box_ = Simulation::new(60.0, eight());
    box_.run(120);
    let mut bad = 0;
    for _ in 0..20 {
        for running in [false, true] {
            box_.cameras.get_mut(&name(3)).unwrap().running = running;
            box_.run(20);
            bad += usize::from(box_.bad(5) > 0.0);
        }
    }
    assert!(bad <= 8, "{bad} of 40 times");
    assert_eq!(box_.rate(0), 25.0);
    assert_eq!(box_.told(), [Condition::OverloadShedding]);
}

#[test]
fn a_camera_more_is_dealt_with() {
    let mut box_ = Simulation::new(60.0, eight());
    box_.run(120);
    let another = Camera {
        base: 2,
        ..camera(30.0, Priority::Normal)
    };
    box_.cameras.insert(name(8), another);
    box_.run(60);
    assert!(box_.bad(15) < 0.2, "{}", box_.bad(15));
    assert!((2.0..10.0).contains(&box_.rate(8)), "{}", box_.rate(8));
}

#[test]
fn bursts_of_a_few_seconds_at_the_start_are_no_overload() {
    let mut box_ = Simulation::new(20.0, eight());
    box_.run(4);
    box_.capacity = 300.0;
    box_.run(60);
    assert_eq!(box_.told(), []);
}

#[test]
fn counters_that_begin_anew_do_no_harm() {
    let mut box_ = Simulation::new(300.0, eight());
    box_.run(30);
    for camera in box_.cameras.values_mut() {
        camera.counts = [0.0; 3];
        camera.samples.clear();
    }
    box_.run(30);
    assert_eq!(box_.told(), []);
}

fn cameras() -> impl Strategy<Value = Vec<Camera>> {
    let priority = prop_oneof![Just(Priority::High), Just(Priority::Normal), Just(Priority::Low)];
    let one = (priority, 5.0..60.0f64, 1..4u32).prop_map(|(priority, fps, base)| Camera {
        base,
        interval: base,
        ..camera(fps, priority)
    });
    proptest::collection::vec(one, 1..16)
}

impl std::fmt::Debug for Camera {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:.1}/{}", self.priority, self.fps, self.base)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_box_comes_to_rest(cameras in cameras(), share in 0.05..1.5f64, leaks: bool) {
        let wanted: f64 = cameras.iter().map(|camera| camera.fps / f64::from(camera.base)).sum();
        // A few looks more or less mean nothing where there are few.
        let capacity = (wanted * share).max(2.0 * cameras.len() as f64);
        let number = cameras.len();
        let mut box_ = Simulation::new(capacity, cameras);
        box_.leaks = leaks;
        box_.run(180);
        let shedding = box_.is_shedding();
        box_.run(1800);
        prop_assert!(box_.bad(900) < 0.08, "{} of the time too much", box_.bad(900));
        prop_assert!(shedding || capacity > wanted * 0.85, "does not shed");
        prop_assert!(!shedding || capacity < wanted * 1.1, "sheds for nothing");
        for index in 0..number {
            prop_assert!(box_.rate(index) >= 0.1, "camera {index} is starved");
        }
    }
}
