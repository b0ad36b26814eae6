//! `luchs eval agree`: how far two models find the same on footage without labels.

use std::{cell::Cell, path::PathBuf};

use anyhow::anyhow;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use luchs_infer::Device;
use luchs_optimise::{
    agreement::{FrameAgreement, Rules, agreement},
    bootstrap::Draws,
    dataset::pictures,
    footage::{Collector, Picture, Scene, evenly},
    measure::{Look, MeasureError, Runner, Whose, boxes},
};
use luchs_report::optimise::{Estimate, Interval};
use serde_json::json;

use crate::{
    bench::Stop,
    footage::{Given, Settings, given},
    output::{Failure, Outcome, Sort as _, data, line},
};

#[derive(Args)]
pub(crate) struct Arguments {
    /// A model's folder, or a .onnx file
    #[arg(long)]
    model: PathBuf,
    /// The model that it is compared with
    #[arg(long, value_name = "MODEL")]
    reference: PathBuf,
    /// A video, a folder of pictures, or a camera (rtsp://…)
    #[arg(long, value_name = "FILE|DIR|URL")]
    footage: String,
    #[command(flatten)]
    camera: Settings,
    /// How many frames are compared, spread evenly
    #[arg(long, default_value_t = 64, value_name = "N")]
    frames: usize,
    /// Class names of a bare .onnx, one a line
    #[arg(long, value_name = "FILE")]
    labels_file: Option<PathBuf>,
    /// Where to run: auto, cpu, cuda[:n], tensorrt[:n], openvino[:DEVICE]
    #[arg(long, default_value = "cpu")]
    device: Device,
    /// Boxes from this confidence on count
    #[arg(long, default_value_t = Rules::default().threshold)]
    threshold: f32,
    /// By how much less confident than the threshold the other model's box may be
    #[arg(long, default_value_t = Rules::default().margin)]
    margin: f32,
    /// End with one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let stop = Stop::on_signals().environment()?;
    let folder = tempfile::tempdir().environment()?;
    let scenes = scenes(arguments, folder.path(), &stop)?;
    let bar = ProgressBar::new(2 * scenes.len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} frames, {eta} to go").environment()?);
    let offset = Cell::new(0);
    let look = |path: &PathBuf| -> Outcome<Vec<Look>> {
        let labels = arguments.labels_file.as_deref();
        let mut runner = Runner::open(path, labels, Whose::Theirs, &arguments.device, 0).map_err(sorted)?;
        let told = |done: usize| bar.set_position((offset.get() + done) as u64);
        let found = boxes(&mut runner, &scenes, &|| stop.is_wanted(), &told).map_err(sorted)?;
        offset.set(scenes.len());
        Ok(found)
    };
    let reference = look(&arguments.reference)?;
    let candidate = look(&arguments.model)?;
    bar.finish_and_clear();
    let rules = Rules {
        threshold: arguments.threshold,
        margin: arguments.margin,
        ..Rules::default()
    };
    let frames = reference.iter().zip(&candidate);
    let frames: Vec<_> = frames
        .map(|(a, b)| FrameAgreement::of(&a.found, &b.found, rules))
        .collect();
    let result = agreement(&frames, Draws::default());
    let percent = |part: f64| part * 100.0;
    let Estimate { value, interval } = result.agreement;
    let interval = interval.map(|Interval { low, high }| format!(" ({:.1} to {:.1} %)", percent(low), percent(high)));
    line(format_args!(
        "agreement    {:.1} % of the boxes{}",
        percent(value),
        interval.unwrap_or_default()
    ));
    line(format_args!(
        "confidences  differ by {:.4} on average",
        result.score_error.value
    ));
    let candidates: usize = frames.iter().map(|frame| frame.candidate).sum();
    line(format_args!(
        "boxes        {} of the reference, {candidates} of the model, on {} frames",
        result.boxes,
        frames.len()
    ));
    if arguments.json {
        data(json!(result));
    }
    Ok(())
}

fn sorted(error: MeasureError) -> Failure {
    if error.is_the_models() {
        Failure::Usage(error.into())
    } else {
        Failure::Environment(error.into())
    }
}

fn scenes(arguments: &Arguments, folder: &std::path::Path, stop: &Stop) -> Outcome<Vec<Scene>> {
    let pictures_of = |picture| Scene {
        name: String::new(),
        picture,
        truths: None,
    };
    match given(&arguments.footage, arguments.camera.clone()).usage()? {
        Given::Pictures(path) => {
            let all = pictures(&path).usage()?;
            let chosen = evenly(all.len(), arguments.frames).into_iter();
            Ok(chosen
                .map(|index| pictures_of(Picture::File(all[index].clone())))
                .collect())
        }
        Given::Moving(mut footage) => {
            let wanted = || stop.is_wanted();
            let mut collector = Collector::new(folder, arguments.frames, &wanted, &|_| {});
            footage.play(&mut collector).environment()?;
            let kept = collector.finish().environment()?;
            if kept.is_empty() {
                return Err(anyhow!("{}: it has no frame", arguments.footage)).usage();
            }
            Ok(kept.into_iter().map(|kept| pictures_of(Picture::Kept(kept))).collect())
        }
    }
}
