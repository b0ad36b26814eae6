//! The runtime with nothing of Luchs around it: from Python, in a process of its own.
//!
//! It is the same library that Luchs loads, by the binding that ONNX Runtime's makers ship. A program of ours would
//! share our own settings and mistakes; what Python adds to a run is some 20 µs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::child::{self, Run};

/// A Python with the runtime, and the model's file.
pub(crate) struct Bare {
    python: PathBuf,
    model: PathBuf,
}

impl Bare {
    /// Makes the Python in `folder` if it is not there.
    pub(crate) fn new(folder: &Path, model: &Path) -> Result<Self> {
        let home = folder.join("python");
        let python = home.join("bin/python");
        let lock = luchs_tests::root().join("benches/pipelines/requirements.lock");
        let ready = home.join("ready");
        let wanted = fs::read(&lock).with_context(|| lock.display().to_string())?;
        if fs::read(&ready).ok() != Some(wanted) {
            crate::say("a Python with ONNX Runtime alone (once)");
            let quiet = [
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--require-hashes",
                "-r",
            ];
            done(
                Command::new("/usr/bin/python3")
                    .args(["-m", "venv", "--clear"])
                    .arg(&home),
            )?;
            done(
                Command::new(&python)
                    .args(["-m", "pip", "install"])
                    .args(quiet)
                    .arg(&lock),
            )?;
            fs::copy(&lock, &ready)?;
        }
        Ok(Self {
            python,
            model: onnx(model)?,
        })
    }

    /// Runs it for some seconds.
    pub(crate) fn run(&self, folder: &Path, threads: usize, seconds: u32) -> Result<Run> {
        let script = luchs_tests::root().join("benches/pipelines/bare.py");
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let arguments = [
            text(&script),
            text(&self.model),
            threads.to_string(),
            seconds.to_string(),
        ];
        child::run(folder, &self.python, &arguments)
    }
}

fn done(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}

/// The only .onnx of a model's folder.
fn onnx(model: &Path) -> Result<PathBuf> {
    if model.is_file() {
        return Ok(model.to_owned());
    }
    let entries = fs::read_dir(model).with_context(|| format!("MODEL={}", model.display()))?;
    let mut files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let file = files.find(|path| path.extension().is_some_and(|extension| extension == "onnx"));
    file.with_context(|| format!("MODEL={}: no .onnx in it", model.display()))
}
