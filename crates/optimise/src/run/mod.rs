//! The whole way: from a model and footage to a model that earned its place, a report and a passport.

mod entry;
mod error;
mod evidence;
mod files;
mod measured;
mod original;
mod outcome;
mod own;
mod passport;
mod pruning;
mod result;
mod scenes;
mod target;
mod verdict;
mod watch;

use std::path::{Path, PathBuf};

use luchs_report::{
    Language,
    optimise::{Command, Setting},
};
use luchs_scene::Utc;

pub use entry::Entry;
pub use error::{Blame, RunError};
pub use outcome::Conclusion;
pub use own::Strange;
pub use pruning::Prune;
pub use scenes::FEWEST_FRAMES;
pub use target::Target;
pub use watch::Watch;

use crate::{
    agreement::Rules,
    bootstrap::Draws,
    footage::Footage,
    gates::Limits,
    tool::{Environment, Place, Tool},
    work::Work,
};
use watch::Clock;

/// Where the frames come from.
pub enum Source<'a> {
    /// A folder of pictures.
    Pictures(&'a Path),
    /// A video or a camera.
    Moving {
        /// What it is called.
        name: String,
        /// Who decodes it.
        footage: &'a mut dyn Footage,
    },
}

/// Labels, and what they are of.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// A folder of YOLO files, or a COCO `.json`.
    pub labels: PathBuf,
    /// Folder of the pictures; None if they are those of the footage.
    pub images: Option<PathBuf>,
}

/// What is wanted.
pub struct Request<'a> {
    /// A model's folder, or a bare .onnx file.
    pub model: &'a Path,
    /// Class names of a bare file.
    pub labels_file: Option<&'a Path>,
    /// Where the frames come from.
    pub footage: Source<'a>,
    /// What is known to be on pictures.
    pub labelled: Option<Labelled>,
    /// Other models that compete, as they are.
    pub also: Vec<PathBuf>,
    /// Whether a candidate with narrower layers is made, and how narrow.
    pub prune: Option<Prune>,
    /// The devices it is for.
    pub target: Target,
    /// Folder for the result.
    pub to: &'a Path,
    /// How many frames are taken of the footage; a third of them finds ranges, the others compare.
    pub frames: usize,
    /// Threads for a frame in the case that decides.
    pub threads: usize,
    /// What candidates have to keep to.
    pub limits: Limits,
    /// What counts as the same box.
    pub rules: Rules,
    /// Why the best candidate is wanted although none passes.
    pub force: Option<String>,
    /// Of the page.
    pub language: Language,
    /// What was asked for, for the report.
    pub settings: Vec<Setting>,
    /// How to repeat the run, for the report.
    pub command: Command,
    /// Where the part in Python is.
    pub place: Place,
    /// Where its Python is.
    pub environment: Environment,
    /// The time, for the report.
    pub now: Utc,
}

/// What all parts of the work need.
struct Plan<'a> {
    clock: &'a Clock<'a>,
    labelled: Option<&'a Labelled>,
    draws: Draws,
    rules: Rules,
    limits: Limits,
    threads: usize,
}

impl Source<'_> {
    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::Pictures(folder) => folder.display().to_string(),
            Self::Moving { name, .. } => name.clone(),
        }
    }
}

/// Does all of it. Until the very end nothing is at `request.to` that was not there before.
pub fn optimise(mut request: Request<'_>, watch: &dyn Watch) -> Result<Conclusion, RunError> {
    let mut originals = original::open(&request)?;
    let work = Work::begin(request.to)?;
    let ms = original::milliseconds(&mut originals)?;
    let clock = Clock::new(watch, original::plan(&request, ms));
    let plan = Plan {
        clock: &clock,
        labelled: request.labelled.as_ref(),
        draws: Draws::default(),
        rules: request.rules,
        limits: request.limits,
        threads: request.threads,
    };
    let tool = Tool::new(request.place.clone(), request.environment.clone(), work.path("log"));
    let pruner = pruning::Pruner::new(&request, &work);
    clock.tool_step(crate::estimate::Step::Environment, 1, |control| {
        tool.set_up(control)?;
        pruner.as_ref().map_or(Ok(()), |pruner| pruner.set_up(control))
    })?;
    let labels = originals.first().runner.model().labels.clone();
    let scenes = scenes::Scenes::gather(
        &mut request.footage,
        request.labelled.as_ref(),
        request.frames,
        &labels,
        &work,
        &clock,
    )?;
    let made = original::candidates(
        &request,
        &mut originals,
        &scenes,
        (&tool, pruner.as_ref()),
        &work,
        &clock,
    )?;
    let entries = entry::list(&request, &originals, &made.list, &work)?;
    original::expect(&clock, &entries, &scenes, ms);
    let reference = originals.reference();
    let device = reference.device.clone();
    let (seen, mut measured) = measured::accuracy(&mut reference.runner, &entries, &scenes, &plan)?;
    let open = |threads| original::open_again(&request, &device, threads);
    measured::speeds(&open, &entries, &mut measured, &scenes, &plan)?;
    let parts = result::Parts {
        request: &request,
        originals: &originals,
        scenes: &scenes,
        made: &made,
        entries: &entries,
        seen: &seen,
        measured: &measured,
        plan: &plan,
    };
    result::finish(&parts, work)
}
