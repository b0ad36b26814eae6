//! What has to be there before anything runs: the newer GStreamer, the Python packages, the clip, the model.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::options::Options;

/// Where the scripts are.
const SCRIPTS: &str = "benches/peers";

/// Where everything is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// As Luchs gets it.
    pub(crate) model: PathBuf,
    pub(crate) python: String,
    pub(crate) host_env: Vec<(String, String)>,
    pub(crate) peer_env: Vec<(String, String)>,
    /// The newer gst-launch-1.0, through its own dynamic loader: no chroot, no mounts, the same /proc for everyone.
    pub(crate) peer_gst: Vec<String>,
    pub(crate) peer_libraries: PathBuf,
    /// Properties of luchsdetect, as gst-inspect-1.0 shows them.
    inspected: String,
}

/// What the peers have to know of the model; `model.json`.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) family: String,
    pub(crate) order: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    #[serde(skip)]
    pub(crate) directory: PathBuf,
}

/// The same clip at three lengths.
#[derive(Clone, Debug)]
pub(crate) struct Clips {
    /// What starting up is told from.
    pub(crate) short: (u32, PathBuf),
    /// For finding the fastest way.
    pub(crate) medium: PathBuf,
    pub(crate) long: (u32, PathBuf),
}

/// The path of one of the scripts.
pub(crate) fn script(name: &str) -> String {
    format!("{SCRIPTS}/{name}")
}

impl Places {
    /// Whether luchsdetect has the property.
    pub(crate) fn luchs_has(&self, property: &str) -> bool {
        self.inspected
            .lines()
            .any(|line| line.split_whitespace().next() == Some(property))
    }

    /// Builds what is missing.
    pub(crate) fn prepare(options: &Options) -> Result<Self> {
        let root = absolute(&options.to)?.join("forky");
        call(&script("rootfs.sh"), &[&root.display().to_string()])?;
        let venv = absolute(&options.to)?.join("python");
        call(&script("python.sh"), &[&venv.display().to_string()])?;
        let libraries = only(&root.join("usr/lib"), "-linux-gnu")?;
        let loader = ["lib64", "usr/lib"]
            .iter()
            .find_map(|at| only(&root.join(at), "ld-linux-").ok());
        let loader = loader.or_else(|| only(&libraries, "ld-linux-").ok());
        let loader = loader.with_context(|| format!("{} has no dynamic loader", root.display()))?;
        let (libs, registry) = (libraries.display(), absolute(&options.to)?);
        let text = |key: &str, value: String| (key.to_owned(), value);
        let host_env = vec![
            text("GST_PLUGIN_PATH", absolute(&options.plugins)?.display().to_string()),
            text("GST_REGISTRY", registry.join("registry-here.bin").display().to_string()),
            text(
                "ORT_DYLIB_PATH",
                absolute(&options.assets)?
                    .join("runtime/libonnxruntime.so")
                    .display()
                    .to_string(),
            ),
        ];
        let inspect = Command::new("gst-inspect-1.0")
            .arg("luchsdetect")
            .envs(host_env.clone())
            .output();
        let inspect = inspect.context("cannot run gst-inspect-1.0")?;
        if !inspect.status.success() {
            bail!("{} has no luchsdetect: run make build", options.plugins.display());
        }
        Ok(Self {
            model: absolute(&options.model)?,
            python: venv.join("bin/python").display().to_string(),
            host_env,
            peer_env: vec![
                text("GST_PLUGIN_PATH", String::new()),
                text("GST_PLUGIN_SYSTEM_PATH", format!("{libs}/gstreamer-1.0")),
                text("GST_REGISTRY", registry.join("registry-peer.bin").display().to_string()),
                // The scanner of plug-ins would be started with the loader of this system.
                text("GST_REGISTRY_FORK", "no".to_owned()),
            ],
            peer_gst: vec![
                loader.display().to_string(),
                "--library-path".to_owned(),
                format!("{libs}:{libs}/pulseaudio"),
                root.join("usr/bin/gst-launch-1.0").display().to_string(),
            ],
            inspected: String::from_utf8_lossy(&inspect.stdout).into_owned(),
            peer_libraries: libraries,
        })
    }

    /// Writes the peers' side files of the model.
    pub(crate) fn model(&self, options: &Options) -> Result<Model> {
        let file = if options.model.is_dir() {
            only(&options.model, ".onnx")?
        } else {
            options.model.clone()
        };
        let directory = absolute(&options.to)?.join("model");
        let (from, to) = (file.display().to_string(), directory.display().to_string());
        call(&self.python, &[&script("prepare.py"), &from, &to])?;
        let path = directory.join("model.json");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let model: Model =
            serde_json::from_str(&text).with_context(|| format!("cannot understand {}", path.display()))?;
        Ok(Model { directory, ..model })
    }
}

impl Clips {
    /// Makes them of the footage.
    pub(crate) fn prepare(options: &Options) -> Result<Self> {
        let long = options.frames;
        let short = (long / 10).max(10);
        if long < 60 {
            bail!("--frames={long}: at least 60 are needed to tell speed from starting up");
        }
        let medium = (long / 4).clamp(30, 60);
        let lengths = [short, medium, long].map(|frames| frames.to_string());
        let (source, to) = (
            options.clip.display().to_string(),
            absolute(&options.to)?.display().to_string(),
        );
        let [a, b, c] = &lengths;
        let said = call(&script("clip.sh"), &[&source, &to, a, b, c])?;
        let mut paths = said.lines().map(PathBuf::from);
        match (paths.next(), paths.next(), paths.next()) {
            (Some(first), Some(second), Some(third)) => Ok(Self {
                short: (short, first),
                medium: second,
                long: (long, third),
            }),
            _ => bail!("clip.sh did not say where the clips are, but: {said}"),
        }
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("cannot find {}", path.display()))
}

/// The first entry of a directory whose name holds `part`.
fn only(directory: &Path, part: &str) -> Result<PathBuf> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    let mut names: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    names.sort();
    let found = names.into_iter().find(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().contains(part))
    });
    found.with_context(|| format!("{} has no *{part}*", directory.display()))
}

/// Runs a step of the preparation; what it prints on standard output comes back, the rest is for the person.
fn call(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .stderr(std::process::Stdio::inherit())
        .output();
    let output = output.with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        bail!("{program} {}: {}", arguments.join(" "), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_is_found_by_its_whole_name() {
        let inspected = "Element Properties:\n  device-x            : x\n  scheduling-policy   : How\n".to_owned();
        let places = Places {
            inspected,
            ..Places::default()
        };
        assert!(places.luchs_has("scheduling-policy"));
        assert!(!places.luchs_has("device") && !places.luchs_has("How"));
    }

    #[test]
    fn what_is_looked_for_is_found_or_named() {
        let directory = tempfile::tempdir().unwrap();
        assert!(
            only(directory.path(), ".onnx")
                .unwrap_err()
                .to_string()
                .contains("has no *.onnx*")
        );
        fs::write(directory.path().join("a.onnx"), "").unwrap();
        assert!(only(directory.path(), ".onnx").unwrap().ends_with("a.onnx"));
    }
}
