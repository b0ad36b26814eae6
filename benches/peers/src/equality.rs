//! Whether upstream's element sees what the others see: it has no decoder for most families, so the pictures that went
//! into it are written down and given to the same model by ONNX Runtime.

use anyhow::{Context, Result, bail};

use crate::{
    counts::Counts,
    process::Line,
    rounds::Entry,
    setup::{Clips, Model, Places, script},
    variants::{self, SCALINGS},
};

/// What the model finds in the pictures that onnxinference passes on, in the way of `entry`.
pub(crate) fn onnxinference(places: &Places, model: &Model, clips: &Clips, entry: &Entry) -> Result<Counts> {
    let (_, scaling) = SCALINGS
        .iter()
        .find(|(label, _)| *label == entry.way.label)
        .context("an unknown way of scaling")?;
    let directory = &model.directory;
    let pictures = directory.join("pictures.raw");
    let sink = format!("filesink location={}", pictures.display());
    variants::onnxinference(places, model, scaling, &sink, 1).run(&clips.long.1, &directory.join("pictures"))?;
    let words = [
        &places.python,
        &script("loop.py"),
        "pictures",
        &directory.display().to_string(),
        "{clip}",
    ];
    let (_, output) = Line::new(&[], words).run(&pictures, &directory.join("boxes"))?;
    let _ = std::fs::remove_file(&pictures);
    let counts = Counts::read(&output)?;
    if counts.frames != u64::from(clips.long.0) {
        bail!("onnxinference passed on {} frames of {}", counts.frames, clips.long.0);
    }
    Ok(counts)
}
