//! The way from a model to its device.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use luchs_model::OnnxFile;
use ort::{environment::Environment, session::Session};

use super::{
    Choice, Source, Tried, Verdict,
    agreement::{Answer, LIMIT, worst},
    candidates, memory,
    memory::Circumstances,
    picture::Picture,
    race::{Rules, race, winner},
    runner::Runner,
};
use crate::{
    Device, EngineError,
    progress::{Work, tell},
    providers::Load,
    session,
};

/// The fastest device that runs `file` as the CPU does, one frame at a time. Takes a few seconds the first
/// time for a model on a machine. An error if not even the CPU runs it.
pub(crate) fn choose(environment: &Environment, file: &OnnxFile, load: Load) -> Result<Choice, EngineError> {
    // One at a time: what is measured beside another measurement is measured wrongly, and may be the same.
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let choice = look_up_or_measure(environment, file, load);
    drop(turn);
    if let Ok(choice) = &choice {
        tracing::info!(model = %file.path.display(), "{choice}");
    }
    choice
}

fn look_up_or_measure(environment: &Environment, file: &OnnxFile, load: Load) -> Result<Choice, EngineError> {
    if let Some(&needed) = file.operators.first() {
        return Ok(cpu(Source::Operator(needed), Vec::new()));
    }
    let circumstances = Circumstances::of(file, load.threads);
    if let Some(choice) = memory::recall(&circumstances) {
        return Ok(choice);
    }
    let found = candidates::present(environment, file, load);
    if found.devices.is_empty() {
        return Ok(cpu(Source::Only, found.passed_over));
    }
    let picture = match file.input.as_ref().map(Picture::new) {
        Some(Ok(picture)) => picture,
        Some(Err(reason)) => return Ok(cpu(Source::Unmeasurable(reason), found.passed_over)),
        None => {
            let reason = "how its input is filled is not known yet".to_owned();
            return Ok(cpu(Source::Unmeasurable(reason), found.passed_over));
        }
    };
    let begun = Instant::now();
    let mut tried = tell(Work::Measure, file.path.clone(), || {
        measure(environment, file, load, &picture, &found.devices)
    })?;
    let times: Vec<_> = tried
        .iter()
        .map(|tried| tried.ms.filter(|_| tried.eligible()))
        .collect();
    let device = match winner(&times) {
        Some(0) | None => Device::Cpu,
        Some(index) => found.devices[index - 1].clone(),
    };
    tried.extend(found.passed_over);
    let choice = Choice {
        device,
        tried,
        source: Source::Measured(begun.elapsed()),
    };
    memory::keep(&circumstances, &choice);
    Ok(choice)
}

fn cpu(source: Source, passed_over: Vec<Tried>) -> Choice {
    Choice {
        device: Device::Cpu,
        tried: passed_over,
        source,
    }
}

/// The CPU, and then `devices` in their order.
fn measure(
    environment: &Environment,
    file: &OnnxFile,
    load: Load,
    picture: &Picture,
    devices: &[Device],
) -> Result<Vec<Tried>, EngineError> {
    let load = Load { runs: 1, ..load };
    let (session, _) = session::create(environment, file, &Device::Cpu, load)?;
    let (reference, expected) = answered(session, picture).map_err(|reason| EngineError::Run {
        model: file.path.clone(),
        device: Device::Cpu,
        reason,
    })?;
    let mut tried = vec![Tried {
        device: Device::Cpu.to_string(),
        ms: None,
        verdict: Verdict::Reference,
    }];
    let mut runners = vec![(0, reference)];
    for device in devices {
        let verdict = match try_out(environment, file, device, load, picture) {
            Ok((runner, answers)) => {
                let verdict = judge(&expected, &answers);
                if matches!(verdict, Verdict::Agrees { .. }) {
                    runners.push((tried.len(), runner));
                }
                verdict
            }
            Err(reason) => Verdict::Failed { reason },
        };
        tried.push(Tried {
            device: device.to_string(),
            ms: None,
            verdict,
        });
    }
    if runners.len() == 1 {
        return Ok(tried);
    }
    // The first run after the one that was compared still fills caches.
    for (_, runner) in &mut runners {
        runner.time();
    }
    let (places, mut timers): (Vec<_>, Vec<_>) = runners
        .iter_mut()
        .map(|(place, runner)| (*place, || runner.time()))
        .unzip();
    let mut timers: Vec<_> = timers.iter_mut().map(|timer| timer as &mut dyn FnMut() -> _).collect();
    for (place, time) in places.into_iter().zip(race(&mut timers, Rules::default())) {
        tried[place].ms = time.map(|time| time.as_secs_f64() * 1e3);
    }
    Ok(tried)
}

fn try_out(
    environment: &Environment,
    file: &OnnxFile,
    device: &Device,
    load: Load,
    picture: &Picture,
) -> Result<(Runner, Vec<Answer>), String> {
    let (session, _) = session::create(environment, file, device, load).map_err(|error| error.to_string())?;
    answered(session, picture)
}

fn answered(session: Session, picture: &Picture) -> Result<(Runner, Vec<Answer>), String> {
    let mut runner = Runner::new(session, picture)?;
    let answers = runner.answer()?;
    Ok((runner, answers))
}

fn judge(expected: &[Answer], got: &[Answer]) -> Verdict {
    let (output, error) = worst(expected, got);
    if error <= LIMIT {
        return Verdict::Agrees { error };
    }
    Verdict::Disagrees {
        output: output.to_owned(),
        error,
    }
}
