//! Medians, spreads, and what a frame costs once a process has started.

use serde::Serialize;

use crate::process::Cost;

/// The middle of several figures, and how far they lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// None without figures.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        };
        Some(Self { median, min, max })
    }
}

/// What the runs of one variant come to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Figures {
    /// Frames a second, of all streams together.
    pub(crate) fps: Spread,
    /// Milliseconds of CPU for a frame.
    pub(crate) cpu_ms: Spread,
    /// Seconds until the first frame: programs, libraries, model.
    pub(crate) startup: f64,
    /// MiB.
    pub(crate) memory: f64,
}

impl Figures {
    /// Of runs over `long.0` and `short.0` frames. The short runs' median stands for starting up, and is taken off every
    /// long one: otherwise a peer would pay for its imports, which a camera that runs for weeks does not.
    ///
    /// None without runs, or if the long ones took no longer than the short ones.
    pub(crate) fn of(long: (u32, &[Cost]), short: (u32, &[Cost])) -> Option<Self> {
        let frames = f64::from(long.0.checked_sub(short.0).filter(|frames| *frames > 0)?);
        let begin = Spread::of(short.1.iter().map(|cost| cost.wall))?.median;
        let begin_cpu = Spread::of(short.1.iter().map(|cost| cost.cpu))?.median;
        let took: Vec<f64> = long.1.iter().map(|cost| cost.wall - begin).collect();
        if took.iter().any(|took| *took <= 0.0) {
            return None;
        }
        let fps = Spread::of(took.iter().map(|took| frames / took))?;
        Some(Self {
            fps,
            cpu_ms: Spread::of(long.1.iter().map(|cost| (cost.cpu - begin_cpu) * 1000.0 / frames))?,
            startup: (begin - f64::from(short.0) / fps.median).max(0.0),
            memory: Spread::of(long.1.iter().map(|cost| cost.memory))?.median,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(wall: f64, cpu: f64) -> Cost {
        Cost {
            wall,
            cpu,
            memory: 100.0,
        }
    }

    #[test]
    fn the_median_is_the_middle() {
        let of = |figures: &[f64]| Spread::of(figures.iter().copied()).map(|s| (s.min, s.median, s.max));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[3.0]), Some((3.0, 3.0, 3.0)));
        assert_eq!(of(&[9.0, 1.0, 2.0]), Some((1.0, 2.0, 9.0)));
        assert_eq!(of(&[4.0, 1.0, 2.0, 9.0]), Some((1.0, 3.0, 9.0)));
    }

    #[test]
    fn starting_up_is_taken_off() {
        // A second to start, then 50 frames a second at 30 ms of CPU each.
        let long = [cost(5.0, 6.5), cost(5.0, 6.5), cost(9.0, 6.5)];
        let short = [cost(1.4, 1.1), cost(1.4, 1.1), cost(1.4, 7.0)];
        let figures = Figures::of((200, &long), (20, &short)).unwrap();
        assert!((figures.fps.median - 50.0).abs() < 1e-9, "{figures:?}");
        assert!((figures.fps.min - 180.0 / 7.6).abs() < 1e-9, "{figures:?}");
        assert!((figures.cpu_ms.median - 30.0).abs() < 1e-9, "{figures:?}");
        assert!((figures.startup - 1.0).abs() < 1e-9, "{figures:?}");
    }

    #[test]
    fn runs_that_tell_nothing_are_refused() {
        let some = [cost(1.0, 1.0)];
        assert_eq!(Figures::of((20, &some), (20, &some)), None);
        assert_eq!(Figures::of((200, &some), (20, &some)), None);
        assert_eq!(Figures::of((200, &[]), (20, &some)), None);
    }
}
