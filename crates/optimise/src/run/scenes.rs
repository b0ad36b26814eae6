//! Footage and labels, sorted by what they are for.

use std::path::{Path, PathBuf};

use luchs_scene::Labels;

use super::{Labelled, RunError, Source, watch::Clock};
use crate::{
    dataset::{Truths, pictures},
    estimate::Step,
    footage::{Collector, FootageError, Picture, Scene, evenly, is_blank},
    work::Work,
};

/// One frame in so many finds ranges, the others compare.
const SHARE: usize = 3;
/// The tool finds ranges on 16 frames at least: fewer do not show what a camera sees.
pub const FEWEST_FRAMES: usize = 16 * SHARE;
/// More labelled pictures than these are not looked at: each candidate has to look at all of them.
const MOST_LABELLED: usize = 500;

/// What the work is done on.
pub(super) struct Scenes {
    /// To find ranges of values.
    pub(super) calibration: Vec<Picture>,
    /// To compare models on: first frames of the footage, then labelled pictures that are none of it.
    pub(super) comparison: Vec<Scene>,
    /// How many of these are of the footage.
    pub(super) of_footage: usize,
}

impl Scenes {
    /// Frames of the footage for both purposes, in turn, then the labelled pictures.
    pub(super) fn gather(
        footage: &mut Source<'_>,
        labelled: Option<&Labelled>,
        wanted: usize,
        labels: &Labels,
        work: &Work,
        clock: &Clock<'_>,
    ) -> Result<Self, RunError> {
        let frames = frames(footage, wanted, work, clock)?;
        let (name, count) = (footage.name(), frames.len());
        if frames.len() < FEWEST_FRAMES {
            let (frames, least) = (frames.len(), FEWEST_FRAMES);
            return Err(FootageError::TooFew { name, frames, least }.into());
        }
        let mut calibration = Vec::new();
        let mut comparison = Vec::new();
        for (index, picture) in frames.into_iter().enumerate() {
            if index % SHARE == 0 {
                calibration.push(picture);
            } else {
                let name = match &picture {
                    Picture::File(path) => file_name(path),
                    Picture::Kept(_) => format!("{name}, {} / {count}", index + 1),
                };
                comparison.push(Scene {
                    name,
                    picture,
                    truths: None,
                });
            }
        }
        check(&name, &calibration, clock)?;
        let of_footage = comparison.len();
        if let Some(labelled) = labelled {
            label(&mut comparison, labelled, footage, labels)?;
        }
        Ok(Self {
            calibration,
            comparison,
            of_footage,
        })
    }

    /// Those of the comparison that have labels.
    pub(super) fn labelled(&self) -> impl Iterator<Item = (usize, &Scene)> {
        self.comparison
            .iter()
            .enumerate()
            .filter(|(_, scene)| scene.truths.is_some())
    }
}

fn frames(footage: &mut Source<'_>, wanted: usize, work: &Work, clock: &Clock<'_>) -> Result<Vec<Picture>, RunError> {
    clock.step(Step::Footage, |told| match footage {
        Source::Pictures(folder) => {
            let all = pictures(folder)?;
            let chosen = evenly(all.len(), wanted).into_iter();
            Ok(chosen.map(|index| Picture::File(all[index].clone())).collect())
        }
        Source::Moving { footage, .. } => {
            let folder = work.folder("footage")?;
            let stopped = || clock.is_stopped();
            let tell = |count: usize| told((count as f64 / wanted.max(1) as f64).min(1.0));
            let mut collector = Collector::new(&folder, wanted, &stopped, &tell);
            footage.play(&mut collector)?;
            Ok(collector.finish()?.into_iter().map(Picture::Kept).collect())
        }
    })
}

/// Refuses footage most of which shows nothing.
fn check(name: &str, pictures: &[Picture], clock: &Clock<'_>) -> Result<(), RunError> {
    let mut blank = 0;
    for picture in pictures {
        if clock.is_stopped() {
            return Err(FootageError::Stopped.into());
        }
        let still = picture.load()?;
        blank += usize::from(is_blank(&still.frame().map_err(FootageError::from)?)?);
    }
    if blank * 2 > pictures.len() {
        let (name, frames) = (name.to_owned(), pictures.len());
        return Err(FootageError::Blank { name, blank, frames }.into());
    }
    Ok(())
}

/// Puts labels to the pictures they belong to, which are those of the footage or others.
fn label(
    comparison: &mut Vec<Scene>,
    labelled: &Labelled,
    footage: &Source<'_>,
    labels: &Labels,
) -> Result<(), RunError> {
    let (folder, own) = match (&labelled.images, footage) {
        (Some(images), _) => (images.clone(), true),
        (None, Source::Pictures(folder)) => (folder.to_path_buf(), false),
        (None, Source::Moving { name, .. }) => {
            return Err(RunError::Model {
                model: labelled.labels.display().to_string(),
                reason: format!("labels belong to pictures, and {name} has none; name their folder with --images"),
            });
        }
    };
    let all = pictures(&folder)?;
    let truths = Truths::open(&labelled.labels, &folder, &all, labels)?;
    if own {
        for index in evenly(all.len(), MOST_LABELLED) {
            comparison.push(scene(&all[index], &truths)?);
        }
    } else {
        for place in comparison.iter_mut() {
            if let Picture::File(path) = &place.picture {
                *place = scene(path, &truths)?;
            }
        }
    }
    Ok(())
}

fn scene(path: &Path, truths: &Truths) -> Result<Scene, RunError> {
    let path: PathBuf = path.to_owned();
    let picture = Picture::File(path.clone());
    let size = crate::footage::picture_size(&path)?;
    Ok(Scene {
        name: file_name(&path),
        picture,
        truths: Some(truths.of(&path, size)?),
    })
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
