//! What all scenarios work with.

use std::{
    cell::{Cell, OnceCell},
    path::{Path, PathBuf},
};

use anyhow::{Result, ensure};
use luchs_tests::{Process, Site};
use tempfile::TempDir;

use crate::{
    bare::Bare,
    child::{self, Run},
    clip::{Clips, Kind},
    options::Options,
};

/// Model, clips, places.
pub(crate) struct Lab {
    pub(crate) rounds: usize,
    pub(crate) seconds: u32,
    pub(crate) cameras: usize,
    model: PathBuf,
    device: String,
    clips: Clips,
    luchs: PathBuf,
    /// Kept between runs of this program.
    folder: PathBuf,
    scratch: TempDir,
    site: OnceCell<(Site, Process)>,
    outboxes: Cell<u32>,
}

impl Lab {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        gst::init()?;
        let folder = luchs_tests::root().join("target/bench");
        let clip = options.clip.clone().unwrap_or_else(luchs_tests::footage);
        let model = options
            .model
            .clone()
            .unwrap_or_else(|| luchs_tests::assets().join("models/yolox-nano"));
        ensure!(
            model.exists(),
            "MODEL={}: there is no such model; `make build` fetches the demo's",
            model.display()
        );
        Ok(Self {
            rounds: options.rounds.max(1),
            seconds: options.seconds.max(1),
            cameras: options.cameras.max(1),
            model,
            device: options.device.clone(),
            clips: Clips::new(&clip, &options.frame_size, &folder)?,
            luchs: luchs_tests::built()?.join("luchs"),
            folder,
            scratch: TempDir::with_prefix("luchs-bench-")?,
            site: OnceCell::new(),
            outboxes: Cell::new(0),
        })
    }

    pub(crate) fn model(&self) -> &Path {
        &self.model
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn clip(&self, kind: Kind) -> Result<PathBuf> {
        self.clips.get(kind)
    }

    pub(crate) fn bare(&self) -> Result<Bare> {
        Bare::new(&self.folder, &self.model)
    }

    pub(crate) fn run_bare(&self, bare: &Bare, threads: usize) -> Result<Run> {
        bare.run(self.scratch.path(), threads, self.seconds)
    }

    /// `luchs bench pipeline` on `line`, in which `${model}` and `${clip}` stand for themselves.
    pub(crate) fn pipeline(&self, line: &str, clip: &Path, warm_up: u32) -> Result<Run> {
        self.luchs(
            line,
            clip,
            &[format!("--warm-up={warm_up}s"), format!("--duration={}s", self.seconds)],
        )
    }

    /// As [`Lab::pipeline`], with latency from the output of the element `from`.
    pub(crate) fn pipeline_from(&self, line: &str, clip: &Path, warm_up: u32, from: &str) -> Result<Run> {
        let duration = format!("--duration={}s", self.seconds);
        self.luchs(
            line,
            clip,
            &[format!("--warm-up={warm_up}s"), duration, format!("--from={from}")],
        )
    }

    /// As [`Lab::pipeline`], all of the clip, however long it takes.
    pub(crate) fn whole_clip(&self, line: &str, clip: &Path) -> Result<Run> {
        self.luchs(line, clip, &["--warm-up=0s".to_owned(), "--duration=60m".to_owned()])
    }

    fn luchs(&self, line: &str, clip: &Path, options: &[String]) -> Result<Run> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut arguments: Vec<String> = ["bench", "pipeline", "--json"].map(str::to_owned).into();
        arguments.extend(options.iter().cloned());
        let mut values = vec![
            ("model", text(&self.model)),
            ("clip", text(clip)),
            ("device", self.device.clone()),
        ];
        values.extend(self.publisher());
        for (name, value) in values {
            arguments.extend(["--set".to_owned(), format!("{name}={value}")]);
        }
        arguments.extend(line.split_whitespace().map(str::to_owned));
        child::run(self.scratch.path(), &self.luchs, &arguments)
    }

    /// A broker with a device and a reader, once somebody publishes.
    pub(crate) fn open_site(&self) -> Result<()> {
        if self.site.get().is_none() {
            let site = Site::new()?;
            let mut reader = Process::start(self.scratch.path(), "reader", &self.luchs, |command| {
                command.args(site.subscribe_arguments());
            })?;
            reader.wait_for_output("subscribed", 20)?;
            drop(self.site.set((site, reader)));
        }
        Ok(())
    }

    /// Values for luchspublish; an outbox of its own for each run.
    fn publisher(&self) -> Vec<(&'static str, String)> {
        let Some((site, _)) = self.site.get() else {
            return Vec::new();
        };
        self.outboxes.set(self.outboxes.get() + 1);
        let mut values = luchs_tests::launch::publish_values(site, "gate");
        values.retain(|(name, _)| *name != "model" && *name != "outbox");
        values.push(("outbox", site.path(&format!("outbox-{}.db", self.outboxes.get()))));
        values
    }
}
