//! How long models take, in turn.

use std::time::{Duration, Instant};

use luchs_vision::Frame;

use super::{MeasureError, Runner};

/// Times of one model, one for each round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lap {
    /// The model alone.
    pub model: Vec<Duration>,
    /// With its input and its boxes.
    pub whole: Vec<Duration>,
}

/// Runs of a model in one round. The first finds the memory of others in the caches and does not count.
const RUNS: u32 = 3;

/// Runs all of `runners` in turn for `rounds` rounds, but no longer than `budget`; in each round all look at the same of
/// `frames`. A runner that fails has the error in its place. `told` is told how much is done, 0 to 1.
pub fn race(
    runners: &mut [Runner],
    frames: &[Frame<'_>],
    rounds: usize,
    budget: Duration,
    stopped: &dyn Fn() -> bool,
    told: &dyn Fn(f64),
) -> Result<Vec<Result<Lap, MeasureError>>, MeasureError> {
    let mut laps: Vec<Result<Lap, MeasureError>> = runners.iter().map(|_| Ok(Lap::default())).collect();
    let mut order: Vec<usize> = (0..runners.len()).collect();
    let begun = Instant::now();
    for (round, frame) in (0..rounds).zip(frames.iter().cycle()) {
        for &index in &order {
            if stopped() {
                return Err(MeasureError::Stopped);
            }
            let lap = &mut laps[index];
            if let Ok(times) = lap {
                match one(&mut runners[index], frame) {
                    Ok((model, whole)) => {
                        times.model.push(model);
                        times.whole.push(whole);
                    }
                    Err(error) => *lap = Err(error),
                }
            }
        }
        // Whoever follows a slow one finds other caches than whoever follows a quick one.
        order.reverse();
        if round % 2 == 1 && !order.is_empty() {
            order.rotate_left(1);
        }
        let spent = begun.elapsed();
        let part = (round + 1) as f64 / rounds as f64;
        told(part.max(spent.as_secs_f64() / budget.as_secs_f64().max(1e-9)).min(1.0));
        if spent >= budget {
            break;
        }
    }
    Ok(laps)
}

/// Mean times of the runs of one round.
fn one(runner: &mut Runner, frame: &Frame<'_>) -> Result<(Duration, Duration), MeasureError> {
    let (mut model, mut whole) = (Duration::ZERO, Duration::ZERO);
    let mut found = Vec::new();
    for run in 0..RUNS {
        let timing = runner.look(frame, &mut found)?;
        if run > 0 {
            model += timing.infer;
            whole += timing.pre + timing.infer + timing.post;
        }
    }
    Ok((model / (RUNS - 1), whole / (RUNS - 1)))
}
