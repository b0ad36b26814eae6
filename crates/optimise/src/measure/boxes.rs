//! What a model finds on all scenes.

use luchs_scene::{Detection, Size};

use super::{MeasureError, Runner};
use crate::footage::Scene;

/// What a model found on a scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Best first, in pixels of the scene, down to a confidence of 0.01.
    pub found: Vec<Detection>,
    /// Of the scene.
    pub size: Size,
}

/// What `runner` finds on each scene; `told` is told how many are done.
pub fn boxes(
    runner: &mut Runner,
    scenes: &[Scene],
    stopped: &dyn Fn() -> bool,
    told: &dyn Fn(usize),
) -> Result<Vec<Look>, MeasureError> {
    let mut looks = Vec::with_capacity(scenes.len());
    for (index, scene) in scenes.iter().enumerate() {
        if stopped() {
            return Err(MeasureError::Stopped);
        }
        let still = scene.picture.load()?;
        let mut found = Vec::new();
        let frame = still.frame().map_err(crate::footage::FootageError::from)?;
        runner.look(&frame, &mut found)?;
        looks.push(Look {
            found,
            size: still.size(),
        });
        told(index + 1);
    }
    Ok(looks)
}
