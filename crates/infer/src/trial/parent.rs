//! Our side: starts the helper, feeds it, waits, understands how it ended.

use std::{
    collections::HashMap,
    env,
    io::{self, Read, Write as _},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use luchs_model::{Digest, OnnxFile, Trial};
use luchs_vision::{ElementType, TensorInfo};
use rustix::process::Signal;

use super::{
    TrialError, child,
    limits::Limits,
    place,
    report::{self, Report},
};
use crate::{EngineError, LIBRARY_VARIABLE, OpenError, runtime, telemetry};

/// How often the helper is looked after.
const LOOK: Duration = Duration::from_millis(2);
/// Models that passed are remembered, as long as there are few.
const REMEMBERED: usize = 64;

type Passed = HashMap<(Digest, [usize; 4], bool), Vec<TensorInfo>>;

/// Tries `file` in a process of its own: the outputs with the shapes that they have for one picture. In one process a model is
/// tried once, and one at a time.
pub fn run(file: &OnnxFile, trial: Trial) -> Result<Vec<TensorInfo>, OpenError> {
    static PASSED: Mutex<Option<Passed>> = Mutex::new(None);
    let mut passed = PASSED.lock().unwrap_or_else(PoisonError::into_inner);
    let passed = passed.get_or_insert_default();
    let key = (file.digest, trial.shape, trial.element == ElementType::U8);
    if let Some(outputs) = passed.get(&key) {
        return Ok(outputs.clone());
    }
    // Without a runtime every model would fail its trial.
    runtime::environment().map_err(EngineError::from)?;
    let library = runtime::library_path().map_err(EngineError::from)?;
    let model = || file.path.clone();
    let helper = place::helper().map_err(|beside| TrialError::NoHelper { model: model(), beside })?;
    let outputs = ask(&helper, &library, file, trial)?;
    tracing::info!(model = %file.path.display(), digest = %file.digest, "the model passed its trial");
    if passed.len() >= REMEMBERED {
        passed.clear();
    }
    passed.insert(key, outputs.clone());
    Ok(outputs)
}

fn ask(helper: &Path, library: &Path, file: &OnnxFile, trial: Trial) -> Result<Vec<TensorInfo>, TrialError> {
    let failed = |error: &io::Error| TrialError::helper(file.path.clone(), helper.to_owned(), error);
    let limits = Limits::of(file.bytes.len());
    let mut command = Command::new(helper);
    command.args(child::arguments(trial, file)).env_clear();
    command.env(LIBRARY_VARIABLE, library);
    command.env(telemetry::VARIABLE, "1");
    // Each further one would reserve address space, which is limited.
    command.env("MALLOC_ARENA_MAX", "1");
    command.envs(env::var_os("LD_LIBRARY_PATH").map(|path| ("LD_LIBRARY_PATH", path)));
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| failed(&error))?;
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (ended, answer, said) = thread::scope(|scope| {
        scope.spawn(move || {
            // A helper that ended early says itself why.
            let _ = input.map(|mut input| input.write_all(&file.bytes));
        });
        let answer = scope.spawn(|| text(output));
        let said = scope.spawn(|| text(errors));
        let ended = wait(&mut child, limits.patience());
        (
            ended,
            answer.join().unwrap_or_default(),
            said.join().unwrap_or_default(),
        )
    });
    let ended = ended.map_err(|error| failed(&error))?;
    let trouble = |what: String| TrialError::Limit {
        model: file.path.clone(),
        what,
    };
    let memory = limits.memory >> 20;
    let Some(status) = ended else {
        let seconds = limits.patience().as_secs();
        return Err(trouble(format!("was not done after {seconds} seconds")));
    };
    if let Some(signal) = status.signal() {
        return Err(if signal == Signal::XCPU.as_raw() {
            trouble(format!("took more than {} seconds of processor time", limits.cpu))
        } else {
            let model = file.path.clone();
            TrialError::Crashed { model, signal, memory }
        });
    }
    if !status.success() {
        return Err(failed(&io::Error::other(said.trim().to_owned())));
    }
    let report: Report =
        toml::from_str(&answer).map_err(|error| failed(&io::Error::other(error.message().to_owned())))?;
    match report.refused {
        Some(reason) if is_memory(&reason) => Err(trouble(format!("needed more than {memory} MiB of memory"))),
        Some(reason) => Err(TrialError::Refused { reason }),
        None => Ok(report.outputs.into_iter().map(Into::into).collect()),
    }
}

/// Whether the runtime says that it got no memory.
fn is_memory(reason: &str) -> bool {
    ["bad_alloc", "Failed to allocate memory", "bad allocation"]
        .iter()
        .any(|text| reason.contains(text))
}

fn text(from: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // What was read until then is all there is.
        let _ = from.take(report::LIMIT).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How `child` ended; None if it had to be killed after `patience`.
fn wait(child: &mut Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}
