//! Footage as a camera sends it. Each clip is encoded once for each codec and size, kept in a file, and held in memory as
//! the frames that the encoder made: to send it over and over costs nearly nothing.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use anyhow::{Context, Result, anyhow, bail};
use gst::prelude::*;

/// How a camera compresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Codec {
    /// H.264, a key frame every ten frames.
    #[default]
    H264,
    /// H.265, a key frame every ten frames.
    H265,
    /// Pictures in JPEG.
    Mjpeg,
}

/// What a camera sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    /// How it compresses.
    pub codec: Codec,
    /// Width and height; the clip's own if there is none.
    pub size: Option<(u32, u32)>,
}

/// A clip, ready to be sent.
pub(super) struct Reel {
    /// Format of all frames.
    pub(super) caps: gst::Caps,
    /// One after the other, the first a key frame.
    pub(super) frames: Vec<gst::Buffer>,
    /// Time from one to the next.
    pub(super) period: gst::ClockTime,
}

/// Those in use, so that many cameras share one.
static OPEN: Mutex<BTreeMap<PathBuf, Weak<Reel>>> = Mutex::new(BTreeMap::new());

impl Codec {
    fn encoder(self) -> &'static str {
        match self {
            Self::H264 => "x264enc tune=zerolatency speed-preset=veryfast key-int-max=10 bitrate=1000 ! h264parse",
            Self::H265 => "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10 bitrate=1000 ! h265parse",
            Self::Mjpeg => "jpegenc quality=60",
        }
    }

    /// From the file to frames that can be decoded without anything from the file's head.
    fn parser(self) -> &'static str {
        match self {
            Self::H264 => "h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au",
            Self::H265 => "h265parse config-interval=-1 ! video/x-h265,stream-format=byte-stream,alignment=au",
            Self::Mjpeg => "image/jpeg",
        }
    }

    pub(super) fn payloader(self) -> &'static str {
        match self {
            Self::H264 => "rtph264pay name=pay0 pt=96 config-interval=-1",
            Self::H265 => "rtph265pay name=pay0 pt=96 config-interval=-1",
            Self::Mjpeg => "rtpjpegpay name=pay0 pt=26",
        }
    }
}

impl Reel {
    /// Encodes the clip, unless that was done before, and reads it.
    pub(super) fn open(clip: &Path, encoding: Encoding) -> Result<Arc<Self>> {
        gst::init()?;
        // Others wait here rather than encode the same.
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let file = encoded(clip, encoding)?;
        if let Some(reel) = open.get(&file).and_then(Weak::upgrade) {
            return Ok(reel);
        }
        let reel = Arc::new(Self::read(&file, encoding.codec).with_context(|| file.display().to_string())?);
        open.insert(file, Arc::downgrade(&reel));
        Ok(reel)
    }

    fn read(file: &Path, codec: Codec) -> Result<Self> {
        let line = format!(
            "filesrc location=\"{}\" ! matroskademux ! {} ! appsink name=sink sync=false",
            file.display(),
            codec.parser()
        );
        let pipeline = pipeline(&line)?;
        let sink = pipeline
            .by_name("sink")
            .and_downcast::<gst_app::AppSink>()
            .context("no sink")?;
        pipeline.set_state(gst::State::Playing)?;
        let (mut caps, mut frames) = (None, Vec::new());
        while let Ok(sample) = sink.pull_sample() {
            caps = caps.or_else(|| sample.caps_owned());
            frames.extend(sample.buffer_owned());
        }
        pipeline.set_state(gst::State::Null)?;
        let caps = caps.context("no frames")?;
        let rate = caps
            .structure(0)
            .context("caps without a structure")?
            .get::<gst::Fraction>("framerate")?;
        let period = gst::ClockTime::SECOND.mul_div_floor(rate.denom().try_into()?, rate.numer().try_into()?);
        Ok(Self {
            caps,
            frames,
            period: period.context("a clip without a frame rate")?,
        })
    }

    /// Whether the frame with this number can be decoded without those before it.
    pub(super) fn is_key(&self, number: usize) -> bool {
        !self.frames[number].flags().contains(gst::BufferFlags::DELTA_UNIT)
    }
}

/// The file with the encoded clip; made now if there is none. Its name changes with anything that it depends on.
fn encoded(clip: &Path, Encoding { codec, size }: Encoding) -> Result<PathBuf> {
    let folder = crate::assets().join("cameras");
    fs::create_dir_all(&folder)?;
    let length = fs::metadata(clip).with_context(|| clip.display().to_string())?.len();
    let size = size.map_or_else(String::new, |(width, height)| format!(",width={width},height={height}"));
    let ways = format!(
        "decodebin ! videoconvert ! videoscale ! video/x-raw,format=I420{size} ! {} ! matroskamux",
        codec.encoder()
    );
    // FNV-1a.
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let digest = ways
        .bytes()
        .chain(length.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, mix);
    let stem = clip.file_stem().context("a clip without a name")?.to_string_lossy();
    let file = folder.join(format!("{stem}-{codec:?}-{digest:016x}.mkv").to_lowercase());
    // Tests are programs of their own and run at the same time.
    let lock = File::create(file.with_extension("lock"))?;
    lock.lock()?;
    if !file.is_file() {
        let half = file.with_extension("half");
        let line = format!(
            "filesrc location=\"{}\" ! {ways} ! filesink location=\"{}\"",
            clip.display(),
            half.display()
        );
        run(&line).with_context(|| format!("could not encode {}", clip.display()))?;
        fs::rename(half, &file)?;
    }
    Ok(file)
}

fn run(line: &str) -> Result<()> {
    let pipeline = pipeline(line)?;
    let bus = pipeline.bus().context("no bus")?;
    pipeline.set_state(gst::State::Playing)?;
    let last = bus.timed_pop_filtered(
        gst::ClockTime::from_seconds(300),
        &[gst::MessageType::Eos, gst::MessageType::Error],
    );
    pipeline.set_state(gst::State::Null)?;
    match last.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Eos(_)) => Ok(()),
        Some(gst::MessageView::Error(error)) => bail!("{}: {:?}", error.error(), error.debug()),
        _ => bail!("it takes longer than five minutes"),
    }
}

fn pipeline(line: &str) -> Result<gst::Pipeline> {
    gst::parse::launch(line)?
        .downcast::<gst::Pipeline>()
        .map_err(|_| anyhow!("no pipeline: {line}"))
}
