//! Choices that were made, in the cache directory and for the life of the process.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use luchs_model::OnnxFile;
use serde::{Deserialize, Serialize};

use super::{Choice, Source, Tried};
use crate::{cache, providers};

/// All that a choice depends on. If any of it changes, devices are measured again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Circumstances {
    /// Our own version: what is measured, and how, is ours.
    luchs: String,
    model: String,
    threads: usize,
    runtime: String,
    cpu: String,
    /// The plug-in of OpenVINO.
    openvino: String,
    /// Other processors, by their device nodes.
    accelerators: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    device: String,
    circumstances: Circumstances,
    tried: Vec<Tried>,
}

const HEAD: &str =
    "# What device=auto measured for one model on this machine. It is measured again when this file is gone.\n";

/// Choices of this process: for when the directory cannot be written.
static MADE: Mutex<Vec<(Circumstances, Choice)>> = Mutex::new(Vec::new());

impl Circumstances {
    pub(super) fn of(file: &OnnxFile, threads: usize) -> Self {
        let openvino = providers::Plugin::find().map_or_else(|_| String::new(), |plugin| format!("{plugin:?}"));
        let variable = |name: &str| env::var(name).map_or_else(|_| String::new(), |value| format!("{name}={value}"));
        let nodes = ["/dev/dri", "/dev/accel", "/dev"]
            .iter()
            .flat_map(|folder| nodes(Path::new(folder)));
        let mut accelerators: Vec<_> = nodes.chain([variable("CUDA_VISIBLE_DEVICES")]).collect();
        accelerators.retain(|name| !name.is_empty());
        accelerators.sort();
        Self {
            luchs: env!("CARGO_PKG_VERSION").to_owned(),
            model: file.digest.to_string(),
            threads,
            runtime: ort::info().to_owned(),
            cpu: cpu(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
            openvino,
            accelerators,
        }
    }

    fn path(&self) -> Result<PathBuf, cache::CacheError> {
        let model: String = self.model.chars().take(16).collect();
        Ok(cache::directory()?.join(format!("devices/{model}-{}.toml", self.threads)))
    }
}

/// The choice that was made under these circumstances.
pub(super) fn recall(circumstances: &Circumstances) -> Option<Choice> {
    let made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, choice)) = made.iter().find(|(known, _)| known == circumstances) {
        return Some(Choice {
            source: Source::Earlier,
            ..choice.clone()
        });
    }
    let path = circumstances.path().ok()?;
    let text = fs::read_to_string(&path).ok()?;
    match toml::from_str::<Entry>(&text) {
        Ok(entry) if entry.circumstances == *circumstances => Some(Choice {
            device: entry.device.parse().ok()?,
            tried: entry.tried,
            source: Source::Remembered(path),
        }),
        Ok(_) => {
            tracing::info!(file = %path.display(), "model, runtime or machine changed: devices are measured again");
            None
        }
        Err(error) => {
            tracing::warn!(file = %path.display(), error = error.message(), "not readable: devices are measured again");
            None
        }
    }
}

/// Keeps a choice. If it cannot be written, that is logged and the process remembers it.
pub(super) fn keep(circumstances: &Circumstances, choice: &Choice) {
    if let Err(error) = write(circumstances, choice) {
        tracing::warn!(%error, "device=auto measures again at the next start");
    }
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.retain(|(known, _)| known != circumstances);
    made.push((circumstances.clone(), choice.clone()));
}

fn write(circumstances: &Circumstances, choice: &Choice) -> Result<(), cache::CacheError> {
    let path = circumstances.path()?;
    cache::folder("devices")?;
    let entry = Entry {
        device: choice.device.to_string(),
        circumstances: circumstances.clone(),
        tried: choice.tried.clone(),
    };
    let text = toml::to_string(&entry).map_err(|error| cache::CacheError::Write {
        path: path.clone(),
        reason: error.to_string(),
    })?;
    cache::write(&path, &format!("{HEAD}{text}"))
}

/// Model and stepping, and which instructions there are: a virtual machine may hide some of those of its CPU.
fn cpu(cpuinfo: &str) -> String {
    const KEYS: [&str; 7] = [
        "model name",
        "stepping",
        "CPU implementer",
        "CPU part",
        "CPU revision",
        "flags",
        "Features",
    ];
    let mut seen = Vec::new();
    for line in cpuinfo.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let known = KEYS.contains(&key.trim()) && !value.trim().is_empty();
        if known && !seen.iter().any(|seen: &String| seen == value.trim()) {
            seen.push(value.trim().to_owned());
        }
    }
    seen.join(" | ")
}

/// Device nodes of GPUs and NPUs.
fn nodes(folder: &Path) -> Vec<String> {
    const PREFIXES: [&str; 5] = ["renderD", "accel", "nvidia", "nvhost-gpu", "nvgpu"];
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpu_is_known_by_its_model_and_what_it_can() {
        let intel = "processor\t: 0\nmodel name\t: A\nstepping\t: 8\nflags\t\t: fma amx_bf16\ncpu MHz\t: 2100\n\
                     processor\t: 1\nmodel name\t: A\nstepping\t: 8\nflags\t\t: fma amx_bf16\ncpu MHz\t: 1900\n";
        assert_eq!(cpu(intel), "A | 8 | fma amx_bf16");
        assert_eq!(
            cpu("CPU implementer\t: 0x41\nFeatures\t: asimd i8mm\nCPU part\t: 0xd42\n"),
            "0x41 | asimd i8mm | 0xd42"
        );
        assert_eq!(cpu(""), "");
    }
}
