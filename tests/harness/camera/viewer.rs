//! A plain GStreamer client, to see what a camera does without anything of Luchs.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use gst::prelude::*;

use crate::until;

/// Somebody who watches. Dropped, it hangs up.
pub struct Viewer {
    pipeline: gst::Pipeline,
    seen: Arc<Mutex<Seen>>,
}

/// Why somebody watches no longer.
#[derive(Clone, Debug)]
pub enum End {
    /// An error of GStreamer's client.
    Error(gst::glib::Error),
    /// The camera closed the connection, which GStreamer's client takes for the end of the stream.
    Closed,
}

impl End {
    /// Whether it was this error.
    pub fn is(&self, code: gst::ResourceError) -> bool {
        matches!(self, Self::Error(error) if error.matches(code))
    }
}

/// What came.
#[derive(Clone, Debug, Default)]
struct Seen {
    frames: u64,
    size: Option<(i32, i32)>,
    last: Option<Instant>,
    largest_gap: Duration,
    went_back: bool,
    last_time: Option<gst::ClockTime>,
}

impl Viewer {
    /// Watches over TCP; `prepare` may set more of `rtspsrc`.
    pub fn open(url: &str, prepare: impl FnOnce(&gst::Element)) -> Result<Self> {
        gst::init()?;
        let line = "rtspsrc name=source protocols=tcp latency=50 ! decodebin ! fakesink name=sink sync=false";
        let pipeline = gst::parse::launch(line)?
            .downcast::<gst::Pipeline>()
            .map_err(|_| anyhow!("no pipeline"))?;
        let source = pipeline.by_name("source").context("no source")?;
        source.set_property("location", url);
        prepare(&source);
        let seen = Arc::new(Mutex::new(Seen::default()));
        let sink = pipeline.by_name("sink").and_then(|sink| sink.static_pad("sink"));
        let note = seen.clone();
        sink.context("no sink")?.add_probe(
            gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM,
            move |_, info| {
                lock(&note).note(info);
                gst::PadProbeReturn::Ok
            },
        );
        // A failure is on the bus as well.
        let _ = pipeline.set_state(gst::State::Playing);
        Ok(Self { pipeline, seen })
    }

    /// Frames that came so far.
    pub fn frames(&self) -> u64 {
        lock(&self.seen).frames
    }

    /// Width and height of the last one.
    pub fn size(&self) -> Option<(i32, i32)> {
        lock(&self.seen).size
    }

    /// The decoder that GStreamer chose.
    pub fn decoder(&self) -> Option<String> {
        let klass = |element: &gst::Element| Some(element.factory()?.metadata("klass")?.contains("Codec/Decoder/"));
        let elements = self.pipeline.iterate_recurse().into_iter().flatten();
        let decoder = elements.filter(|element| klass(element) == Some(true)).last()?;
        Some(decoder.factory()?.name().to_string())
    }

    /// The longest time between two frames so far.
    pub fn largest_gap(&self) -> Duration {
        lock(&self.seen).largest_gap
    }

    /// Whether a frame's timestamp was ever before that of the frame before it.
    pub fn went_back(&self) -> bool {
        lock(&self.seen).went_back
    }

    /// Waits until so many frames have come since this call.
    pub fn watch(&self, frames: u64, seconds: u64) -> Result<()> {
        let before = self.frames();
        until(&format!("{frames} frames"), seconds, || {
            if let Some(end) = self.end() {
                bail!("it has ended: {end:?}");
            }
            Ok((self.frames() >= before + frames).then_some(()))
        })
    }

    /// Why it watches no longer, if it has not told yet.
    pub fn end(&self) -> Option<End> {
        let ends = [gst::MessageType::Error, gst::MessageType::Eos];
        match self.pipeline.bus()?.pop_filtered(&ends)?.view() {
            gst::MessageView::Error(error) => Some(End::Error(error.error())),
            _ => Some(End::Closed),
        }
    }

    /// Waits until it watches no longer.
    pub fn fail(&self, seconds: u64) -> Result<End> {
        until("the viewer to fail", seconds, || Ok(self.end()))
    }

    /// The camera's time by its last sender report: milliseconds since 1900, as NTP counts.
    pub fn reported_time(&self) -> Option<u64> {
        let is_bin = |element: &gst::Element| element.factory().is_some_and(|factory| factory.name() == "rtpbin");
        let bin = self.pipeline.iterate_recurse().into_iter().flatten().find(is_bin)?;
        let session = bin.emit_by_name::<Option<gst::glib::Object>>("get-internal-session", &[&0_u32])?;
        let stats = session.property::<gst::Structure>("stats");
        let sources = stats.get::<gst::glib::ValueArray>("source-stats").ok()?;
        sources.iter().find_map(|source| {
            let source = source.get::<gst::Structure>().ok()?;
            let told = source.get::<bool>("have-sr").ok()? && !source.get::<bool>("internal").ok()?;
            let time = source.get::<u64>("sr-ntptime").ok()?;
            told.then(|| ((u128::from(time) * 1000) >> 32) as u64)
        })
    }
}

impl Seen {
    fn note(&mut self, info: &gst::PadProbeInfo<'_>) {
        if let Some(gst::PadProbeData::Event(event)) = &info.data {
            if let gst::EventView::Caps(caps) = event.view() {
                self.size = caps
                    .caps()
                    .structure(0)
                    .and_then(|caps| Some((caps.get("width").ok()?, caps.get("height").ok()?)));
            }
            return;
        }
        let Some(gst::PadProbeData::Buffer(frame)) = &info.data else {
            return;
        };
        let now = Instant::now();
        if let Some(last) = self.last.replace(now) {
            self.largest_gap = self.largest_gap.max(now - last);
        }
        self.frames += 1;
        self.went_back |= frame.pts() < self.last_time;
        self.last_time = frame.pts();
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        // Ends either way.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
