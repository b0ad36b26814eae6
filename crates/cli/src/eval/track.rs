//! `luchs eval track`: tracks into a MOTChallenge file, to be scored by the field's own tools (py-motmetrics, TrackEval).

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use gst::prelude::*;
use luchs_analytics::tracker::{Settings, Tracker};
use luchs_scene::{Detection, Object, Size};

use super::mot;
use crate::output::{Outcome, Sort as _, note};

#[derive(Args)]
pub(crate) struct Arguments {
    /// A model's folder, or a .onnx file
    #[arg(long, required_unless_present = "detections")]
    model: Option<PathBuf>,
    /// A video; the elements luchsdetect and luchstrack do the work
    #[arg(long, value_name = "FILE", required_unless_present = "detections")]
    video: Option<PathBuf>,
    /// Detections in MOTChallenge format instead of a model and a video
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "video"])]
    detections: Option<PathBuf>,
    /// Frames per second that the detections were made at
    #[arg(long, default_value_t = 25.0, value_name = "N")]
    fps: f64,
    /// Only objects of these classes, separated by commas
    #[arg(long, value_name = "CLASS")]
    object_class: Option<String>,
    /// Detections below this confidence are left out
    #[arg(long, default_value_t = 0.05)]
    threshold: f32,
    /// Where the tracks go
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where the detections go, before tracking
    #[arg(long, value_name = "FILE", requires = "video")]
    detections_out: Option<PathBuf>,
}

/// Lines of a MOTChallenge file, and how many frames they came from.
#[derive(Default)]
struct Lines {
    tracks: String,
    detections: String,
    frames: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let lines = match (&arguments.detections, &arguments.video, &arguments.model) {
        (Some(file), _, _) => from_detections(file, arguments.fps, arguments.threshold).usage()?,
        (None, Some(video), Some(model)) => from_video(video, model, arguments).environment()?,
        _ => return Err(anyhow!("give --model and --video, or --detections")).usage(),
    };
    write(&arguments.out, &lines.tracks).environment()?;
    if let Some(path) = &arguments.detections_out {
        write(path, &lines.detections).environment()?;
    }
    note(format_args!(
        "{}: {} boxes of {} frames",
        arguments.out.display(),
        lines.tracks.lines().count(),
        lines.frames
    ));
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())
}

fn from_detections(path: &Path, fps: f64, threshold: f32) -> anyhow::Result<Lines> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let frames = mot::read_detections(&text).with_context(|| path.display().to_string())?;
    if frames.is_empty() {
        bail!("{}: no detection in it", path.display());
    }
    let step = Duration::try_from_secs_f64(1.0 / fps).with_context(|| format!("--fps {fps}: not a frame rate"))?;
    let mut tracker = Tracker::new(Settings::default());
    let mut lines = Lines {
        frames: frames.keys().next_back().copied().unwrap_or(0),
        ..Lines::default()
    };
    for frame in 1..=lines.frames {
        let found: Vec<Detection> = frames
            .get(&frame)
            .into_iter()
            .flatten()
            .filter(|d| d.confidence >= threshold)
            .copied()
            .collect();
        for (detection, id) in found.iter().zip(tracker.update(step, &found)) {
            if let Some(id) = id {
                mot::write_line(&mut lines.tracks, frame, id as i64, detection);
            }
        }
    }
    Ok(lines)
}

/// Runs the elements of the pipelines, not their cores: what is measured is what people use.
fn from_video(video: &Path, model: &Path, arguments: &Arguments) -> anyhow::Result<Lines> {
    gst::init()?;
    gstluchsinference::plugin_register_static()?;
    gstluchsanalytics::plugin_register_static()?;
    let pipeline = gst::parse::launch(
        "filesrc name=file ! decodebin ! luchsdetect name=detect ! tee name=split \
         split. ! queue ! appsink name=detections sync=false \
         split. ! queue ! luchstrack ! appsink name=tracks sync=false",
    )?;
    let pipeline = pipeline
        .downcast::<gst::Pipeline>()
        .map_err(|_| anyhow!("not a pipeline"))?;
    let element = |name: &str| pipeline.by_name(name).with_context(|| format!("no element {name}"));
    element("file")?.set_property("location", video.to_string_lossy().as_ref());
    let detect = element("detect")?;
    detect.set_property("model", model.to_string_lossy().as_ref());
    detect.set_property("threshold", arguments.threshold);
    if let Some(classes) = &arguments.object_class {
        detect.set_property("object-class", classes);
    }
    let sink = |name: &str| {
        element(name)?
            .downcast::<gst_app::AppSink>()
            .map_err(|_| anyhow!("{name} is no appsink"))
    };
    let (detections, tracks) = (sink("detections")?, sink("tracks")?);
    let lines = collect(&pipeline, &detections, &tracks).with_context(|| video.display().to_string());
    pipeline.set_state(gst::State::Null)?;
    let lines = lines?;
    if lines.frames == 0 {
        bail!("{}: no frame could be read", video.display());
    }
    Ok(lines)
}

fn collect(
    pipeline: &gst::Pipeline,
    detections: &gst_app::AppSink,
    tracks: &gst_app::AppSink,
) -> anyhow::Result<Lines> {
    let started = pipeline.set_state(gst::State::Playing);
    check_bus(pipeline)?;
    started?;
    let mut lines = Lines::default();
    while let Some(sample) = next(pipeline, detections)? {
        lines.frames += 1;
        for object in objects(&sample)? {
            mot::write_line(&mut lines.detections, lines.frames, -1, &object.detection());
        }
        let sample = next(pipeline, tracks)?.context("the tracker gave fewer frames than the detector")?;
        for object in objects(&sample)? {
            if let Some(id) = object.track_id {
                mot::write_line(&mut lines.tracks, lines.frames, id as i64, &object.detection());
            }
        }
    }
    Ok(lines)
}

/// The next frame; None at the end of the stream. An element that fails ends nothing by itself, so the bus is watched.
fn next(pipeline: &gst::Pipeline, sink: &gst_app::AppSink) -> anyhow::Result<Option<gst::Sample>> {
    loop {
        if let Some(sample) = sink.try_pull_sample(gst::ClockTime::from_mseconds(50)) {
            return Ok(Some(sample));
        }
        check_bus(pipeline)?;
        if sink.is_eos() {
            return Ok(None);
        }
    }
}

fn objects(sample: &gst::Sample) -> anyhow::Result<Vec<Object>> {
    let info = gst_video::VideoInfo::from_caps(sample.caps().context("a frame without caps")?)?;
    let size = Size {
        width: info.width(),
        height: info.height(),
    };
    Ok(gst_luchs_meta::objects(
        sample.buffer().context("a sample without a buffer")?,
        size,
    ))
}

/// The first error of any element.
fn check_bus(pipeline: &gst::Pipeline) -> anyhow::Result<()> {
    let bus = pipeline.bus().context("a pipeline without a bus")?;
    match bus.pop_filtered(&[gst::MessageType::Error]) {
        Some(message) => match message.view() {
            gst::MessageView::Error(error) => {
                let element = error.src().map(|source| source.name().to_string()).unwrap_or_default();
                bail!("{} ({element})", error.error().to_string().trim_end_matches('.'))
            }
            _ => Ok(()),
        },
        None => Ok(()),
    }
}
