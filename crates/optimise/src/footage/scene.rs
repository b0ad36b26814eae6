//! A frame that models are compared on, with its labels if it has any.

use std::path::{Path, PathBuf};

use luchs_scene::Size;

use super::{FootageError, Kept, Still};
use crate::precision::Truth;

/// Where the pixels of a scene are.
#[derive(Clone, Debug)]
pub enum Picture {
    /// In a file of our own.
    Kept(Kept),
    /// In a picture of the person's.
    File(PathBuf),
}

/// A frame that models are compared on.
#[derive(Clone, Debug)]
pub struct Scene {
    /// What it is called: a file, or its number in a video.
    pub name: String,
    /// Its pixels.
    pub picture: Picture,
    /// What is labelled on it; None where there are no labels.
    pub truths: Option<Vec<Truth>>,
}

impl Picture {
    /// Reads it.
    pub fn load(&self) -> Result<Still, FootageError> {
        match self {
            Self::Kept(kept) => kept.load(),
            Self::File(path) => read_picture(path),
        }
    }
}

/// Reads a .jpg or .png file.
pub fn read_picture(path: &Path) -> Result<Still, FootageError> {
    let failed = |reason: String| FootageError::Decode {
        name: path.display().to_string(),
        reason,
    };
    let reader = image::ImageReader::open(path).and_then(image::ImageReader::with_guessed_format);
    let picture = reader.map_err(|error| failed(error.to_string()))?.decode();
    let picture = picture.map_err(|error| failed(error.to_string()))?.into_rgb8();
    let size = Size {
        width: picture.width(),
        height: picture.height(),
    };
    Ok(Still::rgb(size, picture.into_raw()))
}

/// Width and height of a .jpg or .png file.
pub fn picture_size(path: &Path) -> Result<Size, FootageError> {
    let reader = image::ImageReader::open(path).and_then(image::ImageReader::with_guessed_format);
    let sides = reader
        .map_err(image::ImageError::from)
        .and_then(image::ImageReader::into_dimensions);
    let (width, height) = sides.map_err(|error| FootageError::Decode {
        name: path.display().to_string(),
        reason: error.to_string(),
    })?;
    Ok(Size { width, height })
}
