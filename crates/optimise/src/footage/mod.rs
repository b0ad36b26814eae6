//! What the models are compared on: frames of a site's own cameras.
//!
//! Decoding is not done here: who knows how to gives the frames to a [`Collector`], which keeps as many as are wanted, evenly
//! spread, as they are. So all models get the same bytes, however they want their input.

mod error;
mod npy;
mod scene;
mod show;
mod spread;
mod still;
mod tensors;

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use luchs_vision::Frame;

pub use error::FootageError;
pub use scene::{Picture, Scene, picture_size, read_picture};
pub use show::{is_blank, thumbnail};
pub use spread::evenly;
pub use still::{Shape, Still};
pub use tensors::Tensors;

use spread::{Next, Spread};

/// A video or a camera. The implementation knows how to decode.
pub trait Footage {
    /// Gives frames to `into`, in order, until there are no more or [`Collector::is_stopped`].
    fn play(&mut self, into: &mut Collector<'_>) -> Result<(), FootageError>;
}

/// Keeps frames in a folder.
pub struct Collector<'a> {
    folder: PathBuf,
    spread: Spread,
    wanted: usize,
    kept: Vec<Kept>,
    written: usize,
    stopped: &'a dyn Fn() -> bool,
    told: &'a dyn Fn(usize),
}

/// A frame in a file.
#[derive(Clone, Debug)]
pub struct Kept {
    path: PathBuf,
    shape: Shape,
}

impl<'a> Collector<'a> {
    /// Keeps about `wanted` frames in `folder`, which exists. `stopped` says whether the person wants no more, `told` is told
    /// how many there are.
    pub fn new(folder: &Path, wanted: usize, stopped: &'a dyn Fn() -> bool, told: &'a dyn Fn(usize)) -> Self {
        Self {
            folder: folder.to_owned(),
            spread: Spread::new(wanted),
            wanted,
            kept: Vec::new(),
            written: 0,
            stopped,
            told,
        }
    }

    /// How many frames are wanted. Whoever gives so many gives enough; of twice as many every second one is let go.
    pub fn wanted(&self) -> usize {
        self.wanted
    }

    /// Whether the person wants no more of it.
    pub fn is_stopped(&self) -> bool {
        (self.stopped)()
    }

    /// Takes the next frame.
    pub fn take(&mut self, frame: &Frame<'_>) -> Result<(), FootageError> {
        match self.spread.next() {
            Next::Pass => return Ok(()),
            Next::Keep => {}
            Next::ThinAndKeep => self.thin()?,
        }
        let path = self.folder.join(format!("{:06}.raw", self.written));
        self.written += 1;
        let still = Still::of(frame);
        let write = || File::create(&path)?.write_all(still.bytes());
        write().map_err(|source| FootageError::disk(&path, source))?;
        self.kept.push(Kept {
            path,
            shape: still.shape(),
        });
        (self.told)(self.kept.len());
        Ok(())
    }

    /// Lets go of every second frame.
    fn thin(&mut self) -> Result<(), FootageError> {
        for kept in self.kept.iter().skip(1).step_by(2) {
            kept.remove()?;
        }
        self.kept = std::mem::take(&mut self.kept).into_iter().step_by(2).collect();
        Ok(())
    }

    /// The frames that are kept, as many as are wanted and evenly spread.
    pub fn finish(self) -> Result<Vec<Kept>, FootageError> {
        let chosen = evenly(self.kept.len(), self.wanted);
        let mut result = Vec::with_capacity(chosen.len());
        for (index, kept) in self.kept.into_iter().enumerate() {
            if chosen.binary_search(&index).is_ok() {
                result.push(kept);
            } else {
                kept.remove()?;
            }
        }
        Ok(result)
    }
}

impl Kept {
    /// Reads it back.
    pub fn load(&self) -> Result<Still, FootageError> {
        let bytes = std::fs::read(&self.path).map_err(|source| FootageError::disk(&self.path, source))?;
        Ok(Still::from_bytes(self.shape, bytes))
    }

    fn remove(&self) -> Result<(), FootageError> {
        std::fs::remove_file(&self.path).map_err(|source| FootageError::disk(&self.path, source))
    }
}

#[cfg(test)]
mod tests {
    use luchs_scene::Size;

    use super::*;

    /// Frames of one pixel with their number in it.
    fn numbers(count: u8, wanted: usize) -> (Vec<u8>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let told = std::cell::Cell::new(0);
        let tell = |count| told.set(count);
        let mut collector = Collector::new(folder.path(), wanted, &|| false, &tell);
        for number in 0..count {
            let still = Still::rgb(Size { width: 1, height: 1 }, vec![number; 3]);
            collector.take(&still.frame().unwrap()).unwrap();
        }
        let kept = collector.finish().unwrap();
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, kept.len(), "files are left that nobody wants");
        let first = |kept: &Kept| kept.load().unwrap().bytes()[0];
        (kept.iter().map(first).collect(), told.get())
    }

    #[test]
    fn as_many_as_are_wanted_are_kept_from_beginning_to_end() {
        assert_eq!(numbers(3, 5).0, [0, 1, 2]);
        assert_eq!(numbers(100, 4).0.len(), 4);
        let (kept, _) = numbers(250, 10);
        assert!(kept.len() == 10 && kept[0] < 30 && kept[9] > 215, "{kept:?}");
    }

    #[test]
    fn a_disk_that_does_not_take_them_is_named() {
        let mut collector = Collector::new(Path::new("/nonexistent"), 2, &|| false, &|_| {});
        let still = Still::rgb(Size { width: 1, height: 1 }, vec![0; 3]);
        let error = collector.take(&still.frame().unwrap()).unwrap_err().to_string();
        assert!(error.contains("/nonexistent/000000.raw"), "{error}");
    }
}
