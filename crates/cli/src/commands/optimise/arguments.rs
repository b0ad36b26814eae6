//! What can be asked for.

use std::{num::NonZero, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use luchs_optimise::{agreement::Rules, gates::Limits, run::Target};
use luchs_report::{Language, optimise::Setting};

use crate::{bench::amount, footage};

/// Frames that are taken of the footage where nobody says how many.
const FRAMES: usize = 96;

#[derive(Args)]
pub(crate) struct Arguments {
    /// A model's folder, or a .onnx file
    pub(super) model: PathBuf,
    /// What the model is to see later: a video, a folder of pictures, or a camera (rtsp://…)
    #[arg(long, value_name = "FILE|DIR|URL")]
    pub(super) footage: String,
    #[command(flatten)]
    pub(super) camera: footage::Settings,
    /// Labels: a folder with a YOLO .txt file for each picture, or a COCO .json file; of the pictures of --footage, or of --images
    #[arg(long, value_name = "DIR|FILE")]
    pub(super) labels: Option<PathBuf>,
    /// Folder of the labelled pictures, where they are not those of --footage
    #[arg(long, value_name = "DIR", requires = "labels")]
    pub(super) images: Option<PathBuf>,
    /// The devices that the model is made for; measured is on this box
    #[arg(long = "for", value_enum, default_value_t = For::Cpu, value_name = "DEVICE")]
    pub(super) target: For,
    /// Folder for the result; an older result is replaced when the new one is whole [default: MODEL-optimised]
    #[arg(long, value_name = "DIR")]
    pub(super) to: Option<PathBuf>,
    /// Frames that are taken of the footage, spread evenly: a third of them finds ranges of values, the others compare the models
    #[arg(long, default_value_t = FRAMES, value_name = "N")]
    pub(super) frames: usize,
    /// Another, lighter model that competes (again for each)
    #[arg(long, value_name = "MODEL")]
    pub(super) also: Vec<PathBuf>,
    /// Make a narrower candidate as well: the part of all multiplications that is taken out, 0.2 for a fifth; needs PyTorch
    #[arg(long, value_name = "PART", value_parser = part)]
    pub(super) prune: Option<f64>,
    /// How long the narrower candidate may learn from the original to do without what was taken out
    #[arg(long, value_name = "TIME", default_value = "15m", requires = "prune", value_parser = amount::time)]
    pub(super) prune_for: Duration,
    /// Points of mean average precision that may be lost, where there are labels
    #[arg(long, default_value_t = Limits::default().max_drop * 100.0, value_name = "POINTS")]
    pub(super) max_drop: f64,
    /// Per cent of the boxes in which a candidate has to agree with the original, where there are no labels
    #[arg(long, default_value_t = Limits::default().min_agreement * 100.0, value_name = "PERCENT")]
    pub(super) min_agreement: f64,
    /// How many times as fast as the original a candidate has to be
    #[arg(long, default_value_t = Limits::default().min_speedup, value_name = "RATIO")]
    pub(super) min_speedup: f64,
    /// Boxes from this confidence on count as found
    #[arg(long, default_value_t = Rules::default().threshold, value_name = "CONFIDENCE")]
    pub(super) threshold: f32,
    /// Threads for a frame in the measurement that decides; as it runs with several cameras
    #[arg(long, default_value = "1", value_name = "N")]
    pub(super) threads: NonZero<u8>,
    /// Take the best candidate although none passes; the reason stands in the passport
    #[arg(long, value_name = "REASON")]
    pub(super) force: Option<String>,
    /// Language of report.html and of the summary: en or de
    #[arg(long, default_value = "en", value_name = "LANGUAGE")]
    pub(super) language: Language,
    /// Print the report as one JSON object instead of the summary
    #[arg(long)]
    pub(super) json: bool,
    /// Class names of a bare .onnx, one a line
    #[arg(long, value_name = "FILE")]
    pub(super) labels_file: Option<PathBuf>,
    /// A Python that has the packages of setup/optimise.lock; otherwise they are installed once
    #[arg(long, value_name = "FILE")]
    pub(super) python: Option<PathBuf>,
    /// Folder of the Python package `luchs_optimise`
    #[arg(long, value_name = "DIR")]
    pub(super) tools: Option<PathBuf>,
}

/// A part of the multiplications; all of them and none make no sense.
fn part(text: &str) -> Result<f64, String> {
    let part: f64 = text
        .parse()
        .map_err(|_| "not a number: use for example 0.2".to_owned())?;
    let inside = part > 0.0 && part < 1.0;
    inside
        .then_some(part)
        .ok_or_else(|| "not between 0 and 1: for a fifth use 0.2".to_owned())
}

/// Devices that models are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum For {
    /// ONNX Runtime's own kernels
    Cpu,
    /// Intel's OpenVINO
    Openvino,
    /// NVIDIA's TensorRT
    Tensorrt,
    /// All of them that are here
    All,
}

impl From<For> for Target {
    fn from(device: For) -> Self {
        match device {
            For::Cpu => Self::Cpu,
            For::Openvino => Self::OpenVino,
            For::Tensorrt => Self::TensorRt,
            For::All => Self::All,
        }
    }
}

impl Arguments {
    /// What the report tells of them.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let limits = Limits::default();
        let setting = |option: &str, value: String, default: bool| Setting {
            option: option.to_owned(),
            value,
            default,
        };
        vec![
            setting(
                "--for",
                Target::from(self.target).as_str().to_owned(),
                self.target == For::Cpu,
            ),
            setting("--frames", self.frames.to_string(), self.frames == FRAMES),
            setting(
                "--max-drop",
                self.max_drop.to_string(),
                self.max_drop == limits.max_drop * 100.0,
            ),
            setting(
                "--min-agreement",
                self.min_agreement.to_string(),
                self.min_agreement == limits.min_agreement * 100.0,
            ),
            setting(
                "--min-speedup",
                self.min_speedup.to_string(),
                self.min_speedup == limits.min_speedup,
            ),
            setting(
                "--threshold",
                self.threshold.to_string(),
                self.threshold == Rules::default().threshold,
            ),
            setting(
                "--prune",
                self.prune.map_or_else(|| "no".to_owned(), |part| part.to_string()),
                self.prune.is_none(),
            ),
            setting("--threads", self.threads.to_string(), self.threads.get() == 1),
        ]
    }
}
