//! The model as it was: what it is, whether it can be made smaller, and what is made of it.

use std::{ffi::OsStr, path::PathBuf, time::Duration};

use luchs_infer::Device;
use luchs_scene::Size;
use luchs_vision::{ElementType, Family, InputSpec};

use super::{
    Entry, Request, RunError, Target, measured::RACE_ROUNDS, pruning::Pruner, scenes::Scenes, target, watch::Clock,
};
use crate::{
    estimate::Step,
    footage::{FootageError, Still, Tensors},
    measure::{MeasureError, Runner, Whose},
    tool::{Made, Tool},
    work::Work,
};

/// The original on a device.
pub(super) struct Original {
    pub(super) device: Device,
    pub(super) runner: Runner,
    /// Median milliseconds of a frame, whole.
    ms: f64,
}

/// The original on every device it is for.
pub(super) struct Originals(Vec<Original>);

impl Originals {
    pub(super) fn first(&self) -> &Original {
        &self.0[0]
    }

    pub(super) fn devices(&self) -> impl Iterator<Item = &Device> {
        self.0.iter().map(|original| &original.device)
    }

    /// Where it is fastest: what a candidate gains on another device is no gain if the original has it there, too.
    pub(super) fn reference(&mut self) -> &mut Original {
        let fastest = (0..self.0.len()).min_by(|a, b| self.0[*a].ms.total_cmp(&self.0[*b].ms));
        &mut self.0[fastest.unwrap_or(0)]
    }
}

/// Opens the model, and refuses what cannot be made smaller here.
pub(super) fn open(request: &Request<'_>) -> Result<Originals, RunError> {
    let opened = target::open(request.target, request.model, request.labels_file)?;
    let originals: Vec<Original> = opened
        .into_iter()
        .map(|(device, runner)| Original {
            device,
            runner,
            ms: 0.0,
        })
        .collect();
    let model = originals[0].runner.model();
    let refused = |reason: &str| RunError::Model {
        model: request.model.display().to_string(),
        reason: reason.to_owned(),
    };
    if model.family == Family::Classifier {
        return Err(refused("it is a classifier; detectors can be compared here"));
    }
    if model.file.quantized {
        return Err(refused(
            "it computes with 8-bit integers already; give the float model that it was made of",
        ));
    }
    if model.input.element == ElementType::U8 {
        return Err(refused("it takes bytes; give a model with a float input"));
    }
    Ok(Originals(originals))
}

/// The same with another number of threads.
pub(super) fn open_again(request: &Request<'_>, device: &Device, threads: usize) -> Result<Runner, MeasureError> {
    Runner::open(request.model, request.labels_file, Whose::Theirs, device, threads)
}

/// Finds out what a frame takes on each device, and gives the least.
pub(super) fn milliseconds(originals: &mut Originals) -> Result<f64, RunError> {
    const RUNS: usize = 5;
    let size = Size {
        width: 640,
        height: 360,
    };
    let grey = Still::rgb(size, vec![114; 640 * 360 * 3]);
    let frame = grey.frame().map_err(FootageError::from)?;
    let mut found = Vec::new();
    for original in &mut originals.0 {
        let mut times = Vec::with_capacity(RUNS);
        for _ in 0..RUNS {
            let timing = original.runner.look(&frame, &mut found)?;
            times.push((timing.pre + timing.infer + timing.post).as_secs_f64() * 1e3);
        }
        original.ms = crate::bootstrap::median(times);
    }
    let least = originals.0.iter().map(|original| original.ms).min_by(f64::total_cmp);
    Ok(least.unwrap_or_default())
}

/// What each step is expected to take, where a frame takes `ms`. Figures of three detectors on two cores; the estimate
/// corrects itself as the work goes on.
pub(super) fn plan(request: &Request<'_>, ms: f64) -> Vec<(Step, Duration)> {
    let (half, frame) = (request.frames as f64 / 2.0, ms / 1e3);
    let installed = request.environment.python().exists();
    let pruning = request.prune.map_or(0.0, |prune| prune.seconds(frame));
    let seconds = [
        (Step::Environment, if installed { 0.1 } else { 90.0 }),
        (Step::Footage, 3.0 + half * 0.05),
        (Step::CleanUp, 4.0),
        (Step::Calibration, 1.0 + half * frame),
        (Step::Sensitivity, 20.0 + 700.0 * frame),
        (Step::Candidates, 30.0 + half * 8.0 * frame + pruning),
        (Step::Accuracy, half * CANDIDATES * frame),
        (Step::Speed, 2.0 * CANDIDATES * race_seconds(frame)),
        (Step::Report, 1.0),
    ];
    seconds
        .map(|(step, seconds)| (step, Duration::from_secs_f64(seconds)))
        .into()
}

/// How many candidates there will be, before that is known.
const CANDIDATES: f64 = 10.0;

/// What one model takes in a race: all rounds with one thread, which is about half as fast as the box can.
fn race_seconds(frame: f64) -> f64 {
    RACE_ROUNDS as f64 * 3.0 * 1.5 * frame
}

/// Corrects the plan now that the candidates are known.
pub(super) fn expect(clock: &Clock<'_>, entries: &[Entry], scenes: &Scenes, ms: f64) {
    let (models, frame) = (entries.len() as f64 + 1.0, ms / 1e3);
    let looks = models * scenes.comparison.len() as f64;
    clock.expect(Step::Accuracy, Duration::from_secs_f64(looks * frame));
    clock.expect(Step::Speed, Duration::from_secs_f64(2.0 * models * race_seconds(frame)));
}

/// What the tool made.
pub(super) struct Candidates {
    pub(super) list: Vec<Made>,
    /// What it found out about layers, a JSON file.
    pub(super) sensitivity: PathBuf,
}

/// Cleans the model up, writes what it is fed on the footage, and has the candidates made.
pub(super) fn candidates(
    request: &Request<'_>,
    originals: &mut Originals,
    scenes: &Scenes,
    (tool, pruner): (&Tool, Option<&Pruner>),
    work: &Work,
    clock: &Clock<'_>,
) -> Result<Candidates, RunError> {
    let given = originals.first().runner.model().file.path.clone();
    let (clean, sensitivity) = (work.path("clean.onnx"), work.path("sensitivity.json"));
    clock.tool_step(Step::CleanUp, 1, |control| {
        tool.step("clean", &[&given, &clean], control)
    })?;
    let mut tensors = Tensors::create(&work.path("tensors"))?;
    clock.step(Step::Calibration, |told| {
        calibrate(&mut originals.0[0].runner, scenes, &mut tensors, clock, told)
    })?;
    let frames = tensors.folder().to_owned();
    let most = tensors.count().to_string();
    clock.tool_step(Step::Sensitivity, 3, |control| {
        let arguments = [clean.as_os_str(), frames.as_os_str(), sensitivity.as_os_str()];
        tool.step(
            "sensitivity",
            &[&arguments[..], &["--frames".as_ref(), most.as_ref()]].concat(),
            control,
        )
    })?;
    let made = work.folder("made")?;
    let InputSpec { mean, std, .. } = originals.first().runner.model().input;
    let [mean, std] = [mean, std].map(|three| three.map(|value| value.to_string()).join(","));
    let parts = parts_of(request.target) + if pruner.is_some() { PARTS_OF_PRUNING } else { 0 };
    clock.tool_step(Step::Candidates, parts, |control| {
        let paths = [clean.as_os_str(), frames.as_os_str(), made.as_os_str()];
        let options = [
            ("--for", request.target.as_str()),
            ("--frames", &most),
            ("--mean", &mean),
            ("--std", &std),
        ];
        let options = options
            .iter()
            .flat_map(|(option, value)| [OsStr::new(*option), OsStr::new(*value)]);
        let known = [OsStr::new("--sensitivity"), sensitivity.as_os_str()];
        let arguments: Vec<&OsStr> = paths.into_iter().chain(known).chain(options).collect();
        tool.step("candidates", &arguments, control)?;
        pruner.map_or(Ok(()), |pruner| pruner.make(&clean, &frames, &made, control))
    })?;
    Ok(Candidates {
        list: Made::all(&made)?,
        sensitivity,
    })
}

/// How many parts the making of candidates has, as the tool tells them; about.
fn parts_of(target: Target) -> usize {
    match target {
        Target::Cpu => 14,
        Target::OpenVino | Target::TensorRt => 8,
        Target::All => 20,
    }
}

/// The same of pruning: moments, importance, widths, training.
const PARTS_OF_PRUNING: usize = 4;

/// Writes what the model was fed, as the engine got it.
fn calibrate(
    runner: &mut Runner,
    scenes: &Scenes,
    tensors: &mut Tensors,
    clock: &Clock<'_>,
    told: &dyn Fn(f64),
) -> Result<(), RunError> {
    let mut found = Vec::new();
    let shape = runner.model().input.shape();
    for (index, picture) in scenes.calibration.iter().enumerate() {
        if clock.is_stopped() {
            return Err(FootageError::Stopped.into());
        }
        let still = picture.load()?;
        runner.look(&still.frame().map_err(FootageError::from)?, &mut found)?;
        let values = runner.detector().last_input().unwrap_or_default();
        tensors.write(&shape, &values)?;
        told((index + 1) as f64 / scenes.calibration.len() as f64);
    }
    Ok(())
}
