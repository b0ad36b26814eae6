//! `luchs eval detect`: average precision of a model on labelled images.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use clap::Args;
use image::RgbImage;
use indicatif::{ProgressBar, ProgressStyle};
use luchs_infer::{Detector, Device, EngineOptions, ModelSource};
use luchs_optimise::{
    dataset::{Truths, pictures},
    precision::{ClassPrecision, Image, average_precision, mean},
};
use luchs_scene::{Detection, Labels, Size};
use luchs_vision::{Frame, Matrix, Params, PixelFormat, Plane, Range};
use serde_json::json;

use crate::output::{Outcome, Sort as _, line, opened};

#[derive(Args)]
pub(crate) struct Arguments {
    /// A model's folder, or a .onnx file
    #[arg(long)]
    model: PathBuf,
    /// Folder with the pictures (.jpg, .png)
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// Folder with a YOLO .txt file for each picture, or a COCO .json file
    #[arg(long, value_name = "DIR|FILE")]
    labels: PathBuf,
    /// Class names of a bare .onnx, one a line
    #[arg(long, value_name = "FILE")]
    labels_file: Option<PathBuf>,
    /// Where to run: auto, cpu, cuda[:n], tensorrt[:n], openvino[:DEVICE]
    #[arg(long, default_value = "auto")]
    device: Device,
    /// Boxes below this confidence are left out
    #[arg(long, default_value_t = 0.01)]
    threshold: f32,
    /// Of two boxes of a class that overlap by more than this, only the better one counts
    #[arg(long, default_value_t = 0.65)]
    iou_threshold: f32,
    /// End with one JSON object: map, ap50, `person_ap50`, images, `ms_per_image`
    #[arg(long)]
    json: bool,
}

/// Far more than the protocol counts: the limit of the protocol decides, not this one.
const MAX_DETECTIONS: usize = 1000;

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let pictures = pictures(&arguments.images).usage()?;
    let source = ModelSource {
        path: &arguments.model,
        labels: arguments.labels_file.as_deref(),
        id: None,
        options: EngineOptions {
            device: arguments.device.clone(),
            ..EngineOptions::default()
        },
    };
    let (model, engine) = opened(source.open())?;
    let model = Arc::new(model.without_bytes());
    let truths = Truths::open(&arguments.labels, &arguments.images, &pictures, &model.labels).usage()?;
    let mut detector = Detector::new(Arc::clone(&model), engine).environment()?;
    let params = Params {
        threshold: arguments.threshold,
        iou_threshold: arguments.iou_threshold,
        max_detections: MAX_DETECTIONS,
        class_agnostic: false,
        classes: None,
    };

    let bar = ProgressBar::new(pictures.len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} images, {eta} to go").environment()?);
    let mut images = Vec::with_capacity(pictures.len());
    let mut busy = Duration::ZERO;
    for path in &pictures {
        let picture = read(path).usage()?;
        let (detections, time) = detect(&mut detector, &picture, &params)
            .with_context(|| path.display().to_string())
            .environment()?;
        let size = Size {
            width: picture.width(),
            height: picture.height(),
        };
        images.push(Image {
            truths: truths.of(path, size).usage()?,
            detections,
        });
        busy += time;
        bar.inc(1);
    }
    bar.finish_and_clear();

    let milliseconds = busy.as_secs_f64() * 1e3 / pictures.len() as f64;
    report(
        &average_precision(&images),
        &model.labels,
        pictures.len(),
        milliseconds,
        arguments.json,
    );
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<RgbImage> {
    let reader = image::ImageReader::open(path)
        .with_context(|| path.display().to_string())?
        .with_guessed_format()?;
    Ok(reader.decode().with_context(|| path.display().to_string())?.into_rgb8())
}

fn detect(detector: &mut Detector, picture: &RgbImage, params: &Params) -> anyhow::Result<(Vec<Detection>, Duration)> {
    let size = Size {
        width: picture.width(),
        height: picture.height(),
    };
    let plane = Plane {
        data: picture.as_raw(),
        stride: picture.width() as usize * 3,
    };
    let frame = Frame::new(PixelFormat::Rgb, size, &[plane], Matrix::Bt601, Range::Full)?;
    let mut found = Vec::new();
    let timing = detector.detect(&frame, None, params, &mut found)?;
    Ok((found, timing.pre + timing.infer + timing.post))
}

fn report(classes: &BTreeMap<u32, ClassPrecision>, labels: &Labels, images: usize, milliseconds: f64, as_json: bool) {
    line(format_args!(
        "{:<20}{:>8}{:>8}{:>10}",
        "class", "AP", "AP50", "labelled"
    ));
    for (class, precision) in classes {
        let name = labels.name(*class);
        line(format_args!(
            "{name:<20}{:>8.3}{:>8.3}{:>10}",
            precision.ap, precision.ap50, precision.truths
        ));
    }
    let means = mean(classes.values().copied());
    let (map, ap50) = (means.map, means.ap50);
    let person = labels
        .id("person")
        .and_then(|id| classes.get(&id))
        .map(|precision| precision.ap50);
    line(format_args!("{:<20}{map:>8.3}{ap50:>8.3}", "mean"));
    line(format_args!("{images} images, {milliseconds:.1} ms each"));
    if as_json {
        line(json!({"map": map, "ap50": ap50, "person_ap50": person, "images": images, "ms_per_image": milliseconds}));
    }
}
