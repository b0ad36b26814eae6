//! What each cell should look like, and how much it differs by itself.
//!
//! The background follows its cells in steps of limited size, so it tends to their median (Manzanera and Richefeu 2007,
//! “A new motion detection algorithm based on Σ–Δ background estimation”), and so does the noise, to the upper quartile
//! of the differences: somebody who passes by counts for neither.

use super::{light::Affine, settings::WatchSettings};

/// Noise until it is known, and its limits, in grey levels.
const FIRST_NOISE: f32 = 0.7;
/// Cells that are asked for the noise of the whole picture, about.
const SAMPLE: usize = 1024;
const NOISE: [f32; 2] = [0.2, 5.0];
/// Grey levels a second by which the noise grows if a difference is greater, and a third of it otherwise.
const NOISE_RATE: f32 = 0.3;
/// Of it, for cells that have changed: what passes by is not noise.
const CHANGED_RATE: f32 = 0.05;
/// A new model learns so many times faster, for so many seconds.
const EAGER: f32 = 10.0;
const EAGER_FOR: f32 = 3.0;

/// A cell that has changed for more than this share of the time, as the seconds of a camera's clock or leaves in the
/// wind, is no news; the time that is looked back to, in seconds.
const BUSY: f32 = 0.5;
const MEMORY: f32 = 30.0;

/// Is not as the background.
pub(super) const CHANGED: u8 = 1;
/// And not as it was since it has changed either: something moves here, or has just appeared.
pub(super) const NEW: u8 = 2;
/// By twice as much as it takes.
pub(super) const MUCH: u8 = 4;

/// A value of each cell.
#[derive(Debug, Default)]
pub(super) struct Model {
    background: Vec<f32>,
    noise: Vec<f32>,
    /// What a changed cell looks like since it has changed, and for how many seconds.
    other: Vec<f32>,
    since: Vec<f32>,
    /// How fast habits are learnt: 1, or 0 where an object is known to be.
    learn: Vec<f32>,
    /// The share of the time for which a cell has changed.
    busy: Vec<f32>,
    /// [`CHANGED`], [`NEW`] and [`MUCH`], and those of the frame before.
    flags: Vec<u8>,
    before: Vec<u8>,
    sample: Vec<f32>,
    /// Seconds.
    age: f32,
}

impl Model {
    /// Begins anew with what is seen now.
    pub(super) fn begin(&mut self, values: &[f32]) {
        let count = values.len();
        for (list, value) in [
            (&mut self.noise, FIRST_NOISE),
            (&mut self.since, 0.0),
            (&mut self.learn, 1.0),
            (&mut self.busy, 0.0),
        ] {
            list.clear();
            list.resize(count, value);
        }
        for list in [&mut self.background, &mut self.other] {
            list.clear();
            list.extend_from_slice(values);
        }
        for flags in [&mut self.flags, &mut self.before] {
            flags.clear();
            flags.resize(count, 0);
        }
        self.age = 0.0;
    }

    /// Keeps the noise, as the camera is the same, but nothing else.
    pub(super) fn replace(&mut self, values: &[f32]) {
        self.background.copy_from_slice(values);
        self.other.copy_from_slice(values);
        self.since.fill(0.0);
    }

    pub(super) fn background(&self) -> &[f32] {
        &self.background
    }

    /// The flags of the last frame, and those of the one before.
    pub(super) fn flags(&self) -> [&[u8]; 2] {
        [&self.flags, &self.before]
    }

    /// How fast each cell's habits are learnt, all 1 at first.
    pub(super) fn learning(&mut self) -> &mut [f32] {
        self.learn.fill(1.0);
        &mut self.learn
    }

    /// The light has changed for good.
    pub(super) fn relight(&mut self, change: Affine) {
        for level in self.background.iter_mut().chain(&mut self.other) {
            *level = change.of(*level);
        }
    }

    /// Compares `values` with the background in the light of `factors` (one a row) and learns. `elapsed` in seconds.
    pub(super) fn compare(
        &mut self,
        values: &[f32],
        factors: &[f32],
        columns: usize,
        elapsed: f32,
        settings: &WatchSettings,
    ) {
        if self.age == 0.0 {
            self.first_noise(values, factors, columns);
        }
        let eager = if self.age < EAGER_FOR { EAGER } else { 1.0 };
        self.age += elapsed;
        std::mem::swap(&mut self.flags, &mut self.before);
        let pace = Pace {
            elapsed,
            memory: (elapsed / MEMORY).min(1.0),
            drift: settings.drift.max(0.0) * elapsed,
            up: NOISE_RATE * eager * elapsed,
            least: settings.least_difference,
            factor: settings.noise_factor,
            rest: settings.rest.as_secs_f32(),
        };
        for (row, &light) in factors.iter().enumerate() {
            let cells = row * columns..(row + 1) * columns;
            let row = Row {
                values: &values[cells.clone()],
                background: &mut self.background[cells.clone()],
                noise: &mut self.noise[cells.clone()],
                other: &mut self.other[cells.clone()],
                since: &mut self.since[cells.clone()],
                busy: &mut self.busy[cells.clone()],
                learn: &self.learn[cells.clone()],
                flags: &mut self.flags[cells],
            };
            row.compare(light, pace);
        }
    }
}

impl Model {
    /// Each cell begins with the noise of the whole picture: the upper quartile of all cells' differences.
    fn first_noise(&mut self, values: &[f32], factors: &[f32], columns: usize) {
        let step = (values.len() / SAMPLE).max(1);
        self.sample.clear();
        let differences = (0..values.len()).step_by(step).map(|at| {
            let light = factors.get(at / columns.max(1)).copied().unwrap_or(1.0);
            (values[at] - light * self.background[at]).abs()
        });
        self.sample.extend(differences);
        let quartile = self.sample.len() * 3 / 4;
        if quartile < self.sample.len() {
            let noise = *self.sample.select_nth_unstable_by(quartile, f32::total_cmp).1;
            self.noise.fill(greater(lesser(noise, NOISE[1]), FIRST_NOISE));
        }
    }
}

/// What is the same for all cells of a frame.
#[derive(Clone, Copy)]
struct Pace {
    elapsed: f32,
    memory: f32,
    drift: f32,
    up: f32,
    least: f32,
    factor: f32,
    rest: f32,
}

/// A row of cells.
struct Row<'a> {
    values: &'a [f32],
    background: &'a mut [f32],
    noise: &'a mut [f32],
    other: &'a mut [f32],
    since: &'a mut [f32],
    busy: &'a mut [f32],
    learn: &'a [f32],
    flags: &'a mut [u8],
}

impl Row<'_> {
    /// Without branches, so that it runs in vector registers.
    fn compare(self, light: f32, pace: Pace) {
        let n = self.values.len();
        let (values, learn, flags) = (self.values, &self.learn[..n], &mut self.flags[..n]);
        let (background, noise, other) = (&mut self.background[..n], &mut self.noise[..n], &mut self.other[..n]);
        let (since, busy) = (&mut self.since[..n], &mut self.busy[..n]);
        let dim = 1.0 / light;
        for i in 0..n {
            let difference = (values[i] - light * background[i]).abs();
            let limit = greater(noise[i] * pace.factor, pace.least);
            let changed = difference > limit;
            // As it would be in the background's light.
            let level = values[i] * dim;
            let stays = changed && ((level - other[i]).abs() <= limit);
            let new = changed && !stays && busy[i] < BUSY;
            let much = new && (difference > 2.0 * limit);
            flags[i] = u8::from(changed && busy[i] < BUSY) * CHANGED + u8::from(new) * NEW + u8::from(much) * MUCH;
            let rested = pick(stays, since[i] + pace.elapsed, 0.0);
            other[i] = pick(stays, other[i], level);
            let rests = rested >= pace.rest;
            since[i] = pick(rests, 0.0, rested);
            // The background follows what is really seen, or slow changes of the light would add up in `light`.
            let step = greater(lesser(values[i] - background[i], pace.drift), -pace.drift);
            let followed = background[i] + pick(changed, 0.0, step);
            background[i] = pick(rests, other[i], followed);
            let rate = pace.up * learn[i] * pick(changed, CHANGED_RATE, 1.0);
            let next = noise[i] + pick(difference > noise[i], rate, rate * (-1.0 / 3.0));
            noise[i] = greater(lesser(next, NOISE[1]), NOISE[0]);
            busy[i] += (pick(changed, 1.0, 0.0) - busy[i]) * learn[i] * pace.memory;
        }
    }
}

#[inline]
fn pick(condition: bool, yes: f32, no: f32) -> f32 {
    if condition { yes } else { no }
}

// One instruction each, unlike `f32::max`, which minds NaN.
#[inline]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline]
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}
