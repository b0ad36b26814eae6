//! What a person means by footage: a video, a folder of pictures, a camera.

mod camera;
mod pump;
mod video;

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use luchs_appliance::config::{Source, SourceError};
use luchs_optimise::footage::Footage;

pub(crate) use camera::Settings;

use camera::Camera;
use video::Video;

/// Footage, by where it is from.
pub(crate) enum Given {
    /// A folder of pictures.
    Pictures(PathBuf),
    /// Frames that have to be decoded.
    Moving(Box<dyn Footage>),
}

/// Understands `text`; `camera` counts for a camera.
pub(crate) fn given(text: &str, camera: Settings) -> anyhow::Result<Given> {
    if text.contains("://") {
        let source: Source = text.parse().map_err(|error: SourceError| {
            // The help for credentials in an address speaks of the service's configuration; here they are an option.
            match error {
                SourceError::Credentials => {
                    anyhow!("{error}; write them as two lines into a file (mode 0600) and name it with --credentials")
                }
                error => anyhow!("{error}; {}", error.help()),
            }
        })?;
        return match source {
            Source::Rtsp(url) | Source::Rtsps(url) => Ok(Given::Moving(Box::new(Camera::new(url, camera)))),
            Source::File(path) => of_path(&path),
            Source::V4l2(path) => Err(anyhow!(
                "{}: a camera of this box cannot be read here; record a video of it first",
                path.display()
            )),
        };
    }
    of_path(Path::new(text))
}

fn of_path(path: &Path) -> anyhow::Result<Given> {
    if path.is_dir() {
        return Ok(Given::Pictures(path.to_owned()));
    }
    if path.is_file() {
        return Ok(Given::Moving(Box::new(Video::new(path.to_owned()))));
    }
    Err(anyhow!(
        "{}: no such footage; give a video, a folder of pictures (.jpg, .png) or a camera (rtsp://…)",
        path.display()
    ))
}
