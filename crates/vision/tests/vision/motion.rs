//! What the motion gate sees, and what it does not mind.

use std::{sync::LazyLock, time::Duration};

use luchs_scene::{Rect, Size};
use luchs_vision::{
    Frame, Gate, GateSettings, Matrix, Motion, PixelFormat, Plane, Range, Reason, Watch, WatchSettings,
};
use proptest::prelude::*;

const WIDTH: usize = 640;
const HEIGHT: usize = 360;
const RATE: f64 = 25.0;

/// A grey picture of a yard: light and dark places, large and small.
#[derive(Clone)]
struct Scene {
    luma: Vec<f32>,
}

impl Scene {
    fn new() -> Self {
        let luma = (0..WIDTH * HEIGHT).map(|at| {
            let (x, y) = ((at % WIDTH) as f32, (at / WIDTH) as f32);
            110.0 + 45.0 * (x / 70.0).sin() + 30.0 * (y / 31.0).cos() + 8.0 * (x / 5.0).sin() * (y / 4.0).sin()
        });
        Self { luma: luma.collect() }
    }

    /// A dark figure with its upper left corner at `x`, `y`.
    fn with_figure(&self, x: f32, y: usize, width: usize, height: usize, contrast: f32) -> Self {
        let mut scene = self.clone();
        for row in y..(y + height).min(HEIGHT) {
            for column in 0..WIDTH {
                // The share of the pixel that the figure covers.
                let (left, right) = (x.max(column as f32), (x + width as f32).min(column as f32 + 1.0));
                scene.luma[row * WIDTH + column] -= contrast * (right - left).max(0.0);
            }
        }
        scene
    }

    fn map(&self, change: impl Fn(f32, usize) -> f32) -> Self {
        let mut scene = self.clone();
        for (row, pixels) in scene.luma.chunks_exact_mut(WIDTH).enumerate() {
            for pixel in pixels {
                *pixel = change(*pixel, row);
            }
        }
        scene
    }

    /// As a sensor with noise of deviation `sigma` sees it; `moment` makes the noise another one.
    fn photograph(&self, sigma: f32, moment: usize) -> Vec<u8> {
        // The sum of four even distributions is close to a normal one.
        static NOISE: LazyLock<Vec<f32>> = LazyLock::new(|| {
            let mut state = 0x9e37_79b9_u32;
            let mut uniform = move || {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state as f32 / u32::MAX as f32
            };
            let normal = |_| (uniform() + uniform() + uniform() + uniform() - 2.0) * 3f32.sqrt();
            (0..1 << 16).map(normal).collect()
        });
        let mut at = moment * 7919;
        let rows = self.luma.chunks_exact(WIDTH).flat_map(|row| {
            at = (at * 31 + 104_729) % (1 << 16);
            let noise = NOISE.iter().cycle().skip(at);
            row.iter()
                .zip(noise)
                .map(|(level, noise)| (level + noise * sigma + 0.5) as u8)
        });
        rows.collect()
    }
}

fn time(index: usize) -> Duration {
    Duration::from_secs_f64(index as f64 / RATE)
}

fn grey(data: &[u8]) -> Frame<'_> {
    let size = Size {
        width: WIDTH as u32,
        height: HEIGHT as u32,
    };
    let plane = Plane { data, stride: WIDTH };
    Frame::new(PixelFormat::Gray8, size, &[plane], Matrix::Bt601, Range::Full).unwrap()
}

/// Numbers of the frames with motion, after the first.
fn moving(frames: usize, sigma: f32, scene: impl Fn(usize) -> Scene) -> Vec<usize> {
    let mut watch = Watch::new(WatchSettings::default());
    let look = |index: &usize| {
        let data = scene(*index).photograph(sigma, *index);
        let seen = watch.look(&grey(&data), time(*index), None, &[]);
        assert!((0.0..=1.0).contains(&seen.fraction), "{seen:?}");
        seen.motion == Motion::Moving && !seen.fresh
    };
    let mut look = look;
    (0..frames).filter(|index| look(index)).collect()
}

const NEVER: [usize; 0] = [];

#[test]
fn noise_is_no_motion() {
    let scene = Scene::new();
    for sigma in [0.0, 2.0, 4.0] {
        assert_eq!(moving(200, sigma, |_| scene.clone()), NEVER, "{sigma}");
    }
    // That of a camera at night is learnt.
    let night = moving(200, 14.0, |_| scene.clone());
    assert!(night.iter().all(|index| *index < 50), "{night:?}");
}

#[test]
fn lamps_that_flicker_are_no_motion() {
    let scene = Scene::new();
    for depth in [0.05, 0.15] {
        for lines in [0.0, 100.0, 300.0] {
            // The bands roll; `lines` is how high one is, if the sensor is not read out at once.
            let lit = |index: usize| {
                scene.map(|level, row| {
                    let phase = index as f32 * 0.7
                        + if lines > 0.0 {
                            row as f32 / lines * std::f32::consts::TAU
                        } else {
                            0.0
                        };
                    level * (1.0 + depth * phase.sin())
                })
            };
            assert_eq!(moving(120, 3.0, lit), NEVER, "{depth} {lines}");
        }
    }
}

#[test]
fn exposure_is_no_motion_but_who_walks_meanwhile_is() {
    let scene = Scene::new();
    let exposed = |scene: &Scene, index: usize| match index {
        60..90 => scene.map(|level, _| level * 0.6 + 10.0),
        // A ramp of 40 frames.
        90..130 => scene.map(|level, _| level * (0.6 + 0.01 * (index - 90) as f32) + 10.0),
        _ => scene.clone(),
    };
    assert_eq!(moving(200, 3.0, |index| exposed(&scene, index)), NEVER);
    let walked = moving(140, 3.0, |index| {
        let walker = scene.with_figure(40.0 + 3.0 * index as f32, 150, 20, 60, 40.0);
        exposed(&if index < 50 { scene.clone() } else { walker }, index)
    });
    let seen = (50..140).filter(|index| walked.contains(index)).count();
    assert!(
        walked.first().is_some_and(|first| (50..53).contains(first)),
        "{walked:?}"
    );
    assert!(seen >= 85, "{walked:?}");
}

#[test]
fn the_sun_that_sets_is_no_motion() {
    let scene = Scene::new();
    // To half the light within half a minute.
    let set = moving(750, 3.0, |index| {
        scene.map(|level, _| level * (1.0 - index as f32 / 1500.0))
    });
    assert_eq!(set, NEVER);
}

#[test]
fn what_is_small_and_slow_is_seen() {
    let scene = Scene::new();
    // 2 % of the width; 1 pixel a frame, and 2 pixels a second.
    for (speed, soon) in [(1.0, 8), (0.08, 75)] {
        let frames = 100 + 6 * soon;
        let walked = moving(frames, 3.0, |index| {
            let x = 200.0 + (index.max(100) - 100) as f32 * speed;
            // Comes out from behind a wall at x = 200.
            let mut walker = scene.with_figure(x - 13.0, 100, 13, 32, 40.0);
            for row in 0..HEIGHT {
                walker.luma[row * WIDTH..][..200].copy_from_slice(&scene.luma[row * WIDTH..][..200]);
            }
            if index < 100 { scene.clone() } else { walker }
        });
        let first = walked.first().copied();
        assert!(
            first.is_some_and(|first| (101..100 + soon).contains(&first)),
            "{speed}: {walked:?}"
        );
        // And goes on being seen: there is no pause longer than the gate holds.
        let longest = walked.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(frames);
        assert!(
            longest < 25 && frames - walked[walked.len() - 1] < 25,
            "{speed}: {walked:?}"
        );
    }
}

#[test]
fn what_fades_in_is_seen_and_what_rests_is_not_for_ever() {
    let scene = Scene::new();
    // A figure that walks out of the dark on the spot within two seconds, and stays.
    let came = moving(300, 3.0, |index| {
        let contrast = ((index.max(50) - 50) as f32 / 50.0).min(1.0) * 60.0;
        scene.with_figure(300.0, 100, 25, 60, contrast)
    });
    assert!(came.first().is_some_and(|first| (51..65).contains(first)), "{came:?}");
    assert!(came.last().is_some_and(|last| *last < 200), "{came:?}");
}

#[test]
fn another_view_is_motion_once() {
    let scene = Scene::new();
    let other = scene.map(|level, row| {
        if row % 90 < 45 {
            255.0 - level
        } else {
            20.0 + (level * 7.0) % 90.0
        }
    });
    let turned = moving(120, 3.0, |index| if index < 50 { scene.clone() } else { other.clone() });
    assert_eq!(turned.first(), Some(&50));
    assert!(turned.last().is_some_and(|last| *last < 55), "{turned:?}");
}

#[test]
fn a_lamp_or_digit_that_changes_and_stays_is_no_motion_and_a_clock_becomes_none() {
    let scene = Scene::new();
    let lamp = moving(200, 3.0, |index| {
        let on = index >= 50 && index % 100 < 50;
        scene.with_figure(600.0, 20, 14, 20, if on { -80.0 } else { 0.0 })
    });
    assert_eq!(lamp, NEVER);
    // The seconds of a clock: three strokes that are lit or not, every second others.
    let clock = moving(25 * 120, 2.0, |index| {
        let stroke = |scene: &Scene, at: usize| {
            let level = [0.0, 90.0, 45.0, 70.0, 20.0][(index / 25 * 3 + at * 2) % 5];
            scene.with_figure(600.0 + 5.0 * at as f32, 10, 4, 20, level)
        };
        stroke(&stroke(&stroke(&scene, 0), 1), 2)
    });
    assert!(clock.iter().all(|index| *index < 25 * 40), "{clock:?}");
}

#[test]
fn only_the_region_counts() {
    let scene = Scene::new();
    let region = |x| {
        Some(Rect {
            x,
            y: 40.0,
            w: 200.5,
            h: 200.0,
        })
    };
    for (x, wanted) in [(0.0, false), (300.0, true)] {
        let mut watch = Watch::new(WatchSettings::default());
        let mut any = false;
        for index in 0..60 {
            let data = scene
                .with_figure(310.0 + 2.0 * index as f32, 100, 20, 50, 50.0)
                .photograph(2.0, index);
            let seen = watch.look(&grey(&data), time(index), region(x), &[]);
            any |= !seen.fresh && seen.motion == Motion::Moving;
        }
        assert_eq!(any, wanted, "{x}");
    }
}

#[test]
fn known_objects_do_not_become_noise() {
    let scene = Scene::new();
    let known = [Rect {
        x: 90.0,
        y: 90.0,
        w: 80.0,
        h: 100.0,
    }];
    // Somebody waves for a minute and a half.
    let late = |known: &[Rect]| {
        let mut watch = Watch::new(WatchSettings::default());
        let mut count = 0;
        for index in 0..25 * 90 {
            let contrast = if index < 25 { 0.0 } else { [40.0, 90.0][index / 10 % 2] };
            let shown = scene.with_figure(120.0, 100, 24, 60, contrast);
            let data = shown.photograph(2.0, index);
            let seen = watch.look(&grey(&data), time(index), None, known);
            count += usize::from(index >= 25 * 75 && seen.motion == Motion::Moving);
        }
        count
    };
    let (with, without) = (late(&known), late(&[]));
    assert!(
        with > 150 && without == 0,
        "{with} of 375 frames, {without} if nobody knows them"
    );
}

#[test]
fn the_gate_lets_the_model_look_when_it_must() {
    let scene = Scene::new();
    let mut gate = Gate::new(GateSettings::default());
    let mut reasons = Vec::new();
    for index in 0..250 {
        let shown = match index {
            100..125 => scene.with_figure(200.0 + 4.0 * index as f32 - 400.0, 100, 20, 60, 50.0),
            _ => scene.clone(),
        };
        let data = shown.photograph(3.0, index);
        let decision = gate.decide(&grey(&data), time(index), None, &[]);
        assert_eq!(decision.infer, decision.reason != Reason::Still);
        reasons.push(decision.reason);
    }
    assert_eq!(reasons[0], Reason::Fresh);
    assert!(reasons[1..=25].iter().all(|reason| *reason == Reason::Hold));
    // Two seconds after it looked last.
    assert_eq!(reasons[74..77], [Reason::Still, Reason::Heartbeat, Reason::Still]);
    assert!(
        reasons[102..124].iter().all(|reason| *reason == Reason::Moving),
        "{reasons:?}"
    );
    let last = (0..250).rfind(|index| reasons[*index] == Reason::Moving).unwrap();
    assert!((124..130).contains(&last), "{reasons:?}");
    assert!(
        reasons[last + 1..=last + 25]
            .iter()
            .all(|reason| *reason == Reason::Hold)
    );
    assert_eq!(reasons[last + 26], Reason::Still);
}

#[test]
fn what_cannot_be_compared_is_looked_at() {
    let data = vec![99; 64 * 64 * 4];
    let frame = |format: PixelFormat, side: u32| {
        let size = Size {
            width: side,
            height: side,
        };
        let stride = format.plane_extent(0, size).0;
        Frame::new(
            format,
            size,
            &[Plane { data: &data, stride }],
            Matrix::Bt601,
            Range::Full,
        )
        .unwrap()
    };
    let (grey, small, colour) = (
        frame(PixelFormat::Gray8, 64),
        frame(PixelFormat::Gray8, 32),
        frame(PixelFormat::Rgba, 64),
    );
    let part = Some(Rect {
        x: 1.0,
        y: 1.0,
        w: 30.0,
        h: 30.0,
    });
    let outside = part.map(|part| Rect { x: 99.0, ..part });
    let mut gate = Gate::new(GateSettings::default());
    let mut reason = |frame, seconds, region| gate.decide(frame, Duration::from_secs_f32(seconds), region, &[]).reason;
    assert_eq!(reason(&grey, 5.0, None), Reason::Fresh);
    assert_eq!(reason(&grey, 5.0, None), Reason::Hold);
    assert_eq!(reason(&grey, 6.5, None), Reason::Still);
    assert_eq!(reason(&small, 6.5, None), Reason::Fresh);
    assert_eq!(reason(&grey, 6.6, None), Reason::Fresh);
    assert_eq!(reason(&colour, 6.7, None), Reason::Fresh);
    assert_eq!(reason(&colour, 6.8, part), Reason::Fresh);
    assert_eq!(reason(&colour, 6.9, part), Reason::Hold);
    assert_eq!(reason(&colour, 3.0, part), Reason::Fresh, "time ran back");
    assert_eq!(reason(&colour, 3.1, outside), Reason::Fresh);
    assert_eq!(reason(&colour, 3.2, outside), Reason::Fresh);
    // A pause.
    assert_eq!(reason(&colour, 1000.0, part), Reason::Fresh);
    assert_eq!(reason(&colour, 2000.0, part), Reason::Heartbeat);
    gate.reset();
    assert_eq!(
        gate.decide(&colour, Duration::from_secs(2001), part, &[]).reason,
        Reason::Fresh
    );
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        format in prop::sample::select(PixelFormat::ALL.to_vec()),
        width in 1u32..70, height in 1u32..70,
        frames in prop::collection::vec((any::<u8>(), 0u64..5_000_000_000), 1..12),
        sides in prop::array::uniform4(prop_oneof![-100.0f32..200.0, Just(f32::NAN), Just(f32::INFINITY), Just(-1e30f32)]),
        whole in any::<bool>(),
        settings in (prop_oneof![Just(f32::NAN), -5.0f32..300.0], any::<u32>(), any::<u64>(), -1.0f32..1e30),
    ) {
        let size = Size { width, height };
        let rect = Rect { x: sides[0], y: sides[1], w: sides[2], h: sides[3] };
        let (least, cells, nanos, drift) = settings;
        let watch = WatchSettings {
            least_difference: least,
            noise_factor: least,
            least_cells: cells,
            rest: Duration::from_nanos(nanos),
            drift,
        };
        let mut gate = Gate::new(GateSettings { hold: Duration::MAX, heartbeat: Duration::from_nanos(nanos), watch });
        for (value, at) in frames {
            let data: Vec<_> = (0..format.planes()).map(|plane| {
                let (row, rows) = format.plane_extent(plane, size);
                ((0..row * rows).map(|at| (at as u8).wrapping_mul(value)).collect::<Vec<_>>(), row)
            }).collect();
            let planes: Vec<_> = data.iter().map(|(data, stride)| Plane { data, stride: *stride }).collect();
            let frame = Frame::new(format, size, &planes, Matrix::Bt709, Range::Limited).unwrap();
            let decision = gate.decide(&frame, Duration::from_nanos(at), (!whole).then_some(rect), &[rect, rect]);
            prop_assert!((0.0..=1.0).contains(&decision.fraction));
        }
    }
}
