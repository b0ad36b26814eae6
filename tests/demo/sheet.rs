//! The contact sheet: the whole clip at one glance.

use std::path::Path;

use anyhow::{Context as _, Result};
use image::{GenericImage as _, RgbImage, imageops};
use luchs_tests::clip;

const COLUMNS: u32 = 4;
const ROWS: u32 = 3;
const WIDTH: u32 = 480;
const MARGIN: u32 = 8;

/// Writes pictures spread evenly over the clip, in rows, to `target`.
pub(crate) fn make(clip: &Path, frames: u64, target: &Path) -> Result<()> {
    let pictures = clip::samples(clip, frames, u64::from(COLUMNS * ROWS))?;
    let first = pictures
        .first()
        .with_context(|| format!("{}: no pictures", clip.display()))?;
    let height = WIDTH * first.height() / first.width();
    let size = |count: u32, one: u32| count * (one + MARGIN) + MARGIN;
    let mut sheet = RgbImage::from_pixel(size(COLUMNS, WIDTH), size(ROWS, height), image::Rgb([24, 24, 24]));
    for (index, picture) in (0..).zip(&pictures) {
        let small = imageops::resize(picture, WIDTH, height, imageops::FilterType::Triangle);
        let place = |at: u32, one: u32| MARGIN + at * (one + MARGIN);
        sheet.copy_from(&small, place(index % COLUMNS, WIDTH), place(index / COLUMNS, height))?;
    }
    sheet.save(target).with_context(|| target.display().to_string())
}
