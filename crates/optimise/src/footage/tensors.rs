//! Calibration: what the model was fed, one file a frame, as `tools/optimise/README.md` describes it.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use super::{FootageError, npy};

/// A folder of tensors in the making.
#[derive(Debug)]
pub struct Tensors {
    folder: PathBuf,
    count: usize,
}

impl Tensors {
    /// Makes `folder`, which must not exist.
    pub fn create(folder: &Path) -> Result<Self, FootageError> {
        fs::create_dir(folder).map_err(|source| FootageError::disk(folder, source))?;
        Ok(Self {
            folder: folder.to_owned(),
            count: 0,
        })
    }

    /// Writes the input of one frame; `shape` has a batch of 1.
    pub fn write(&mut self, shape: &[usize], values: &[f32]) -> Result<(), FootageError> {
        let path = self.folder.join(format!("{:06}.npy", self.count));
        self.count += 1;
        let write = || -> io::Result<()> {
            let mut out = BufWriter::new(File::create(&path)?);
            npy::write(&mut out, shape, values)?;
            out.flush()
        };
        write().map_err(|source| FootageError::disk(&path, source))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }
}
