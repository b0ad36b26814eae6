//! The clips that are decoded: H.264 as cameras send it, made once and kept.

use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use anyhow::{Context as _, Result, bail, ensure};
use gst::prelude::*;

/// How a clip is made of the source.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// At the source's own frame rate.
    Whole,
    /// At 5 frames per second.
    Slow,
    /// The first picture, over and over, with the noise of a sensor left out: nothing moves.
    Still,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Slow => "5fps",
            Self::Still => "still",
        }
    }

    /// What to do with the decoded pictures.
    fn elements(self) -> &'static str {
        match self {
            Self::Whole => "identity",
            Self::Slow => "videorate ! video/x-raw,framerate=5/1",
            Self::Still => "imagefreeze num-buffers=600 ! video/x-raw,framerate=30/1",
        }
    }
}

/// Where clips are kept.
pub(crate) struct Clips {
    source: PathBuf,
    size: (u32, u32),
    folder: PathBuf,
}

impl Clips {
    /// Of `source`, at `size` such as `1920x1080`.
    pub(crate) fn new(source: &Path, size: &str, folder: &Path) -> Result<Self> {
        ensure!(
            source.is_file(),
            "CLIP={}: no such file; `make setup` fetches the demo's footage",
            source.display()
        );
        let sides = size
            .split_once('x')
            .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
        Ok(Self {
            source: source.into(),
            size: sides.with_context(|| format!("--frame-size {size}: use for example 1920x1080"))?,
            folder: folder.into(),
        })
    }

    /// The clip, made now if it is not there.
    pub(crate) fn get(&self, kind: Kind) -> Result<PathBuf> {
        let (width, height) = self.size;
        let about = fs::metadata(&self.source)?;
        let changed = about
            .modified()?
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let stem = self.source.file_stem().unwrap_or_default().to_string_lossy();
        let name = format!("{stem}-{}-{changed}-{width}x{height}-{}.mp4", about.len(), kind.name());
        let path = self.folder.join(name);
        if !path.is_file() {
            crate::say(&format!(
                "making {} of {} (once)",
                path.display(),
                self.source.display()
            ));
            fs::create_dir_all(&self.folder)?;
            let part = path.with_extension("part");
            self.make(kind, &part)
                .with_context(|| format!("CLIP={}", self.source.display()))?;
            fs::rename(part, &path)?;
        }
        Ok(path)
    }

    fn make(&self, kind: Kind, to: &Path) -> Result<()> {
        let (width, height) = self.size;
        // As cameras send it: 4:2:0, main profile, no B-frames, an I-frame every two seconds.
        let line = format!(
            "filesrc name=from ! decodebin ! videoconvert ! videoscale add-borders=false ! \
             video/x-raw,format=I420,width={width},height={height},pixel-aspect-ratio=1/1 ! {} ! \
             x264enc bitrate=4000 key-int-max=60 bframes=0 speed-preset=medium ! video/x-h264,profile=main ! h264parse ! \
             mp4mux ! filesink name=to",
            kind.elements()
        );
        let pipeline = gst::parse::launch(&line)?;
        let bin = pipeline.downcast_ref::<gst::Bin>().context("no pipeline")?;
        for (name, path) in [("from", &*self.source), ("to", to)] {
            let element = bin.by_name(name).context("no file element")?;
            element.set_property("location", path.to_string_lossy().as_ref());
        }
        let bus = pipeline.bus().context("no bus")?;
        pipeline.set_state(gst::State::Playing)?;
        let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
        let end = bus.timed_pop_filtered(gst::ClockTime::NONE, &kinds);
        pipeline.set_state(gst::State::Null)?;
        match end.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Eos(_)) => Ok(()),
            Some(gst::MessageView::Error(error)) => bail!("GStreamer cannot make H.264 of it: {}", error.error()),
            _ => bail!("GStreamer ended without a word"),
        }
    }
}
