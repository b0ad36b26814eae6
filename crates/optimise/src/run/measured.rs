//! What the models find and how long they take.

use std::{cell::Cell, time::Duration};

use luchs_infer::default_threads;
use luchs_report::optimise::{Agreement, Precision, Speed};

use super::{Entry, Plan, RunError, own::strange, scenes::Scenes};
use crate::{
    agreement::{FrameAgreement, Rules, agreement},
    bootstrap::Draws,
    estimate::Step,
    footage::{FootageError, Scene, Still},
    measure::{Lap, Look, MeasureError, Runner, boxes, race},
    precision::{Image, Judged, Redrawn},
    speed::speed,
};

/// What a model found, and how good that is.
pub(super) struct Seen {
    /// On each scene of the comparison.
    pub(super) looks: Vec<Look>,
    /// On labelled pictures; None without labels.
    pub(super) redrawn: Option<Redrawn>,
}

/// What was measured of a candidate.
#[derive(Default)]
pub(super) struct Measured {
    pub(super) seen: Option<Seen>,
    pub(super) precision: Option<Precision>,
    pub(super) agreement: Option<Agreement>,
    /// The case that decides first.
    pub(super) speeds: Vec<Speed>,
    /// Why it does not work.
    pub(super) broken: Option<String>,
}

/// Frames that models are raced on: enough that no branch of one frame decides.
const RACE_FRAMES: usize = 8;
pub(super) const RACE_ROUNDS: usize = 40;
/// Most time of a race for each runner.
const RACE_BUDGET: Duration = Duration::from_secs(20);

impl Seen {
    fn new(looks: Vec<Look>, scenes: &Scenes, draws: Draws) -> Self {
        let images = images(&looks, scenes);
        let redrawn = (!images.is_empty()).then(|| Redrawn::new(Judged::new(&images), draws));
        Self { looks, redrawn }
    }
}

/// Of the labelled pictures.
fn images(looks: &[Look], scenes: &Scenes) -> Vec<Image> {
    let image = |(index, scene): (usize, &Scene)| Image {
        truths: scene.truths.clone().unwrap_or_default(),
        detections: looks[index].found.clone(),
    };
    scenes.labelled().map(image).collect()
}

/// What the original finds. Labels on which it is hopeless are not its own.
pub(super) fn original(
    runner: &mut Runner,
    scenes: &Scenes,
    plan: &Plan<'_>,
    told: &dyn Fn(f64),
) -> Result<Seen, RunError> {
    let count = scenes.comparison.len();
    let tell = |done: usize| told(done as f64 / count as f64);
    let looks = boxes(runner, &scenes.comparison, &|| plan.clock.is_stopped(), &tell)?;
    let seen = Seen::new(looks, scenes, plan.draws);
    if let (Some(redrawn), Some(labelled)) = (&seen.redrawn, plan.labelled) {
        let images = images(&seen.looks, scenes);
        if let Some(why) = strange(&images, redrawn.means().ap50) {
            let labels = labelled.labels.display().to_string();
            let images = images.len();
            return Err(RunError::Strangers { labels, why, images });
        }
    }
    Ok(seen)
}

/// What each entry finds, compared with what the original does.
pub(super) fn accuracy(
    reference: &mut Runner,
    entries: &[Entry],
    scenes: &Scenes,
    plan: &Plan<'_>,
) -> Result<(Seen, Vec<Measured>), RunError> {
    plan.clock.step(Step::Accuracy, |told| {
        let parts = entries.len() + 1;
        let at = Cell::new(0_usize);
        let tell = |part: f64| told((at.get() as f64 + part) / parts as f64);
        let seen = original(reference, scenes, plan, &tell)?;
        let mut all = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            at.set(index + 1);
            all.push(one(entry, &seen, scenes, plan, &tell)?);
        }
        Ok((seen, all))
    })
}

fn one(
    entry: &Entry,
    reference: &Seen,
    scenes: &Scenes,
    plan: &Plan<'_>,
    told: &dyn Fn(f64),
) -> Result<Measured, RunError> {
    let count = scenes.comparison.len();
    let tell = |done: usize| told(done as f64 / count as f64);
    let looks = entry
        .open(0)
        .and_then(|mut runner| boxes(&mut runner, &scenes.comparison, &|| plan.clock.is_stopped(), &tell));
    let looks = match looks {
        Err(error @ (MeasureError::Stopped | MeasureError::Footage(_))) => return Err(error.into()),
        Err(error) => {
            return Ok(Measured {
                broken: Some(entry.reason(&error)),
                ..Measured::default()
            });
        }
        Ok(looks) => looks,
    };
    let seen = Seen::new(looks, scenes, plan.draws);
    let precision = reference
        .redrawn
        .as_ref()
        .zip(seen.redrawn.as_ref())
        .map(|(a, b)| a.against(b));
    Ok(Measured {
        agreement: Some(agreement(&frames(reference, &seen, scenes, plan.rules), plan.draws)),
        precision,
        seen: Some(seen),
        ..Measured::default()
    })
}

/// How far two models agree on each frame of the footage.
pub(super) fn frames(reference: &Seen, candidate: &Seen, scenes: &Scenes, rules: Rules) -> Vec<FrameAgreement> {
    let both = reference.looks.iter().zip(&candidate.looks).take(scenes.of_footage);
    both.map(|(a, b)| FrameAgreement::of(&a.found, &b.found, rules))
        .collect()
}

/// How long each entry takes beside the original, first with the threads that decide, then with all.
pub(super) fn speeds(
    original: &dyn Fn(usize) -> Result<Runner, MeasureError>,
    entries: &[Entry],
    measured: &mut [Measured],
    scenes: &Scenes,
    plan: &Plan<'_>,
) -> Result<(), RunError> {
    let stills = stills(scenes)?;
    let frames: Vec<_> = stills
        .iter()
        .map(Still::frame)
        .collect::<Result<_, _>>()
        .map_err(FootageError::from)?;
    let mut cases = vec![plan.threads];
    if default_threads() != plan.threads {
        cases.push(default_threads());
    }
    plan.clock.step(Step::Speed, |told| {
        for (case, &threads) in cases.iter().enumerate() {
            let mut runners = vec![original(threads)?];
            let mut of = Vec::new();
            for (index, entry) in entries
                .iter()
                .enumerate()
                .filter(|(index, _)| measured[*index].broken.is_none())
            {
                // It opened before; what happens now is of the machine.
                runners.push(entry.open(threads)?);
                of.push(index);
            }
            let budget = RACE_BUDGET * runners.len() as u32;
            let tell = |part: f64| told((case as f64 + part) / cases.len() as f64);
            let laps = race(
                &mut runners,
                &frames,
                RACE_ROUNDS,
                budget,
                &|| plan.clock.is_stopped(),
                &tell,
            )?;
            let mut laps = laps.into_iter();
            let reference: Lap = laps.next().transpose()?.unwrap_or_default();
            for (index, lap) in of.into_iter().zip(laps) {
                match lap {
                    Ok(lap) => {
                        let device = entries[index].device.to_string();
                        let speed = speed(&reference.model, &lap.model, &device, threads, plan.draws);
                        measured[index].speeds.extend(speed);
                    }
                    Err(error) => measured[index].broken = Some(entries[index].reason(&error)),
                }
            }
        }
        Ok(())
    })
}

/// Some frames of the comparison, in memory.
fn stills(scenes: &Scenes) -> Result<Vec<Still>, RunError> {
    let chosen = crate::footage::evenly(scenes.of_footage, RACE_FRAMES).into_iter();
    Ok(chosen
        .map(|index| scenes.comparison[index].picture.load())
        .collect::<Result<_, _>>()?)
}
