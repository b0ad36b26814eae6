//! A candidate with narrower layers, where it is asked for.

use std::{ffi::OsStr, path::Path, time::Duration};

use crate::{
    tool::{Control, Tool, ToolError},
    work::Work,
};

use super::Request;

/// What is taken out of the model, and how long it may learn to do without.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prune {
    /// The part of all multiplications, 0 to 1, both excluded.
    pub part: f64,
    /// How long training may take.
    pub training: Duration,
}

/// The tool in an environment that has PyTorch.
pub(super) struct Pruner {
    tool: Tool,
    wanted: Prune,
}

/// Training ends by the time; that many steps are never done before it.
const STEPS: &str = "100000";

impl Pruner {
    /// None if nobody asked for it.
    pub(super) fn new(request: &Request<'_>, work: &Work) -> Option<Self> {
        let wanted = request.prune?;
        let (place, environment) = (request.place.for_pruning(), request.environment.for_pruning());
        let tool = Tool::new(place, environment, work.path("log"));
        Some(Self { tool, wanted })
    }

    /// Installs what it needs if it is not there yet.
    pub(super) fn set_up(&self, control: Control<'_>) -> Result<(), ToolError> {
        self.tool.set_up(control)
    }

    /// Writes `pruned.onnx` and its description into `made`.
    pub(super) fn make(&self, clean: &Path, frames: &Path, made: &Path, control: Control<'_>) -> Result<(), ToolError> {
        let to = made.join("pruned.onnx");
        let minutes = (self.wanted.training.as_secs_f64() / 60.0).to_string();
        let part = self.wanted.part.to_string();
        let options = [("--ratio", &*part), ("--minutes", &minutes), ("--steps", STEPS)];
        let options = options
            .iter()
            .flat_map(|(option, value)| [OsStr::new(*option), OsStr::new(*value)]);
        let paths = [clean.as_os_str(), frames.as_os_str(), to.as_os_str()];
        let arguments: Vec<&OsStr> = paths.into_iter().chain(options).collect();
        self.tool.step("prune", &arguments, control)
    }
}

impl Prune {
    /// What it is expected to take in all, where a frame takes `frame` seconds: some hundred narrower models look at
    /// eight frames each before anything is trained.
    pub(super) fn seconds(&self, frame: f64) -> f64 {
        20.0 + 2000.0 * frame + self.training.as_secs_f64()
    }
}
