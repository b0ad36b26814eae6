//! Compares each frame with what should be there.

use std::time::Duration;

use luchs_scene::{Rect, Size};

use super::{
    grid::{Grid, bounds},
    light::{Affine, flicker},
    luma::means,
    model::{CHANGED, MUCH, Model, NEW},
    settings::WatchSettings,
};
use crate::{Frame, PixelFormat, Range};

/// If more than this share has changed, the camera looks at something else.
const ELSEWHERE: f32 = 0.6;
/// Seconds for which a cell that moved counts, less and less.
const FADE: f32 = 0.3;
/// A pause counts as no more than this many seconds of learning.
const LONGEST: f32 = 1.0;

/// Whether anything moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Something is not as it was.
    Moving,
    /// Nothing but noise and light has changed.
    Still,
}

/// What was seen of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// Whether anything moved.
    pub motion: Motion,
    /// The share of the region that moved, 0 to 1.
    pub fraction: f32,
    /// Whether there was nothing to compare with: the first frame, another size, format or region, or time ran back.
    pub fresh: bool,
}

/// Compares the brightness of small cells with a background that it learns. Noise, exposure, flicker of lamps and slow
/// changes of the light are no motion; what moves slowly is, as it is compared with the background and not with the
/// frame before. Reads a quarter of the rows; keeps its memory from frame to frame.
#[derive(Debug)]
pub struct Watch {
    settings: WatchSettings,
    seen: Option<Seen>,
    grid: Grid,
    model: Model,
    values: Vec<f32>,
    factors: Vec<f32>,
    asked: Vec<f32>,
    sums: Vec<u32>,
    /// Cells that moved lately.
    evidence: f32,
}

/// What must stay the same for frames to be comparable.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Seen {
    format: PixelFormat,
    range: Range,
    size: Size,
    bounds: [u32; 4],
    at: Duration,
}

impl Watch {
    /// A watch that has seen nothing yet.
    pub fn new(settings: WatchSettings) -> Self {
        Self {
            settings,
            seen: None,
            grid: Grid::new([0, 0, 1, 1]),
            model: Model::default(),
            values: Vec::new(),
            factors: Vec::new(),
            asked: Vec::new(),
            sums: Vec::new(),
            evidence: 0.0,
        }
    }

    /// Looks at a frame. `at`: its time in the stream; `region`: the part to watch, in pixels, else all of it; `known`:
    /// boxes of objects that were found lately, which are not to be taken for noise.
    pub fn look(&mut self, frame: &Frame<'_>, at: Duration, region: Option<Rect>, known: &[Rect]) -> Observation {
        let size = frame.size();
        let Some(bounds) = bounds(size, region) else {
            // Nothing can be compared, so the question is left to whoever asked.
            self.seen = None;
            return fresh();
        };
        let seen = Seen {
            format: frame.format(),
            range: frame.colorimetry().1,
            size,
            bounds,
            at,
        };
        let before = self.seen.replace(seen);
        let comparable = before.filter(|before| before.at <= at && Seen { at, ..*before } == seen);
        let Some(before) = comparable else {
            self.grid = Grid::new(bounds);
            means(frame, &self.grid, &mut self.sums, &mut self.values);
            self.model.begin(&self.values);
            self.evidence = 0.0;
            return fresh();
        };
        means(frame, &self.grid, &mut self.sums, &mut self.values);
        self.compare(at.saturating_sub(before.at).as_secs_f32().min(LONGEST), known)
    }

    fn compare(&mut self, elapsed: f32, known: &[Rect]) -> Observation {
        let (grid, near) = (self.grid, self.settings.least_difference);
        let change = Affine::between(self.model.background(), &self.values, near);
        if change != Affine::NONE {
            self.model.relight(change);
        }
        flicker(
            self.model.background(),
            &self.values,
            grid.columns,
            &mut self.asked,
            &mut self.factors,
        );
        let learning = self.model.learning();
        for rect in known {
            let [left, top, right, bottom] = grid.touched(*rect);
            for row in top..bottom.max(top) {
                learning[row * grid.columns..][left.min(right)..right].fill(0.0);
            }
        }
        self.model
            .compare(&self.values, &self.factors, grid.columns, elapsed, &self.settings);
        let [flags, before] = self.model.flags();
        let (changed, moved) = count(flags, before, grid.columns);
        let least = self.settings.least_cells as f32;
        let evidence = self.evidence * (-elapsed / FADE).exp() + moved as f32;
        // Much is not remembered for longer than little.
        self.evidence = evidence.min(2.0 * least);
        let share = |cells: u32| cells as f32 / grid.cells() as f32;
        let elsewhere = share(changed) > ELSEWHERE;
        if elsewhere {
            self.model.replace(&self.values);
        }
        Observation {
            motion: if elsewhere || evidence >= least {
                Motion::Moving
            } else {
                Motion::Still
            },
            fraction: share(if elsewhere { changed } else { moved }),
            fresh: false,
        }
    }
}

fn fresh() -> Observation {
    Observation {
        motion: Motion::Moving,
        fraction: 1.0,
        fresh: true,
    }
}

/// How many cells have changed, and in how many of those something moves: it was there or beside it in the frame before,
/// and is new now. What changes once and then stays, as a digit, a lamp or a picture that was coded anew, does not move.
fn count(flags: &[u8], before: &[u8], columns: usize) -> (u32, u32) {
    let (mut changed, mut moved) = (0, 0);
    let rows = flags.chunks_exact(columns);
    for (row, flags) in rows.enumerate() {
        // Most rows have nothing.
        if flags.iter().fold(0, |all, flags| all | flags) == 0 {
            continue;
        }
        changed += flags.iter().map(|flags| u32::from(flags & CHANGED)).sum::<u32>();
        for (column, &own) in flags.iter().enumerate() {
            if own & NEW == 0 {
                continue;
            }
            let across = column.saturating_sub(1)..(column + 2).min(columns);
            let mut around = (row.saturating_sub(1)..row + 2)
                .filter_map(|row| before.get(row * columns..(row + 1) * columns))
                .filter_map(|row| row.get(across.clone()));
            if around.any(|cells| cells.iter().any(|flags| flags & CHANGED > 0)) {
                moved += if own & MUCH > 0 { 2 } else { 1 };
            }
        }
    }
    (changed, moved)
}
