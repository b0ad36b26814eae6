//! A file of video.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use gst::{ClockTime, SeekFlags, prelude::*};
use luchs_optimise::footage::{Collector, Footage, FootageError};

use super::pump::{Pump, TAIL};

/// Longer videos are not decoded from beginning to end: frames are sought.
const LONG: ClockTime = ClockTime::from_seconds(180);
const TICK: ClockTime = ClockTime::from_mseconds(50);
/// How long a single frame may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A file of video.
pub(crate) struct Video {
    path: PathBuf,
    long: ClockTime,
}

impl Video {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, long: LONG }
    }
}

impl Footage for Video {
    fn play(&mut self, into: &mut Collector<'_>) -> Result<(), FootageError> {
        let name = self.path.display().to_string();
        let pump = Pump::new(&format!("filesrc name=file ! decodebin ! {TAIL}"), &name)?;
        if let Some(file) = pump.pipeline.by_name("file") {
            file.set_property("location", self.path.to_string_lossy().as_ref());
        }
        pump.set(gst::State::Paused)?;
        if waited(&pump, into, |pump| pump.sink.try_pull_preroll(TICK))?.is_none() {
            return Err(pump.failed("it has no video that can be decoded here"));
        }
        let length = pump
            .pipeline
            .query_duration::<ClockTime>()
            .filter(|length| *length > ClockTime::ZERO);
        match length {
            Some(length) if length > self.long => seek(&pump, length, into),
            length => walk(&pump, length, into),
        }
    }
}

/// Times of frames that lie evenly over a video.
fn times(length: ClockTime, count: usize) -> impl Iterator<Item = ClockTime> {
    let (length, count) = (length.nseconds(), count.max(1) as u64);
    (0..count).map(move |index| ClockTime::from_nseconds((2 * index + 1) * (length / (2 * count))))
}

/// Decodes all of it, and takes a frame at each time; all frames where the length is not known.
fn walk(pump: &Pump, length: Option<ClockTime>, into: &mut Collector<'_>) -> Result<(), FootageError> {
    pump.set(gst::State::Playing)?;
    let mut wanted = length.map(|length| times(length, into.wanted()).peekable());
    while let Some(sample) = waited(pump, into, |pump| pump.sink.try_pull_sample(TICK))? {
        if let (Some(wanted), Some(at)) = (&mut wanted, time(&sample)) {
            // The frame that is shown at that time, as seeking finds it; of a video with fewer frames than are wanted, each is
            // taken once.
            let until = at
                + sample
                    .buffer()
                    .and_then(gst::BufferRef::duration)
                    .unwrap_or(ClockTime::NSECOND);
            let mut due = false;
            while wanted.next_if(|time| *time < until).is_some() {
                due = true;
            }
            if !due {
                continue;
            }
        }
        pump.give(&sample, into)?;
    }
    Ok(())
}

/// When the frame is shown, counted from the video's beginning: an MP4's first frame may have a later time stamp.
fn time(sample: &gst::Sample) -> Option<ClockTime> {
    let pts = sample.buffer()?.pts()?;
    sample.segment()?.downcast_ref::<ClockTime>()?.to_stream_time(pts)
}

/// Looks for each frame where it lies.
fn seek(pump: &Pump, length: ClockTime, into: &mut Collector<'_>) -> Result<(), FootageError> {
    let mut last = None;
    for time in times(length, into.wanted()) {
        let sought = pump.pipeline.seek_simple(SeekFlags::FLUSH | SeekFlags::ACCURATE, time);
        sought.map_err(|_| pump.failed("it cannot be sought in; give a shorter part of it"))?;
        let Some(sample) = waited(pump, into, |pump| pump.sink.try_pull_preroll(TICK))? else {
            // The length was a guess, and this is behind the end.
            break;
        };
        let at = sample.buffer().and_then(gst::BufferRef::pts);
        if at.is_none() || at != last {
            pump.give(&sample, into)?;
        }
        last = at;
    }
    Ok(())
}

/// Waits for what `pull` gives; None at the end. An element that fails ends nothing by itself, so the bus is watched.
fn waited(
    pump: &Pump,
    into: &Collector<'_>,
    pull: impl Fn(&Pump) -> Option<gst::Sample>,
) -> Result<Option<gst::Sample>, FootageError> {
    let until = Instant::now() + PATIENCE;
    loop {
        if into.is_stopped() {
            return Err(FootageError::Stopped);
        }
        if let Some(sample) = pull(pump) {
            return Ok(Some(sample));
        }
        if let Some(error) = pump.error() {
            return Err(pump.failed(error.text()));
        }
        if pump.sink.is_eos() {
            return Ok(None);
        }
        if Instant::now() > until {
            return Err(pump.failed(format!("no frame came for {} s", PATIENCE.as_secs())));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// 3 s of a ball at 10 frames per second.
    fn clip(folder: &tempfile::TempDir) -> PathBuf {
        gst::init().unwrap();
        let path = folder.path().join("ball.mp4");
        let line = format!(
            "videotestsrc pattern=ball num-buffers=30 ! video/x-raw,width=64,height=48,framerate=10/1 ! x264enc ! mp4mux ! \
             filesink location={}",
            path.display()
        );
        let pipeline = gst::parse::launch(&line).unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        let ends = [gst::MessageType::Eos, gst::MessageType::Error];
        let message = pipeline
            .bus()
            .unwrap()
            .timed_pop_filtered(ClockTime::from_seconds(30), &ends);
        assert_eq!(message.map(|message| message.type_()), Some(gst::MessageType::Eos));
        pipeline.set_state(gst::State::Null).unwrap();
        path
    }

    fn frames(video: &mut Video, wanted: usize) -> Vec<luchs_optimise::footage::Still> {
        let folder = tempfile::tempdir().unwrap();
        let told = Cell::new(0);
        let tell = |count| told.set(count);
        let mut collector = Collector::new(folder.path(), wanted, &|| false, &tell);
        video.play(&mut collector).unwrap();
        let kept = collector.finish().unwrap();
        assert_eq!(told.get(), kept.len());
        kept.iter().map(|kept| kept.load().unwrap()).collect()
    }

    #[test]
    fn walked_or_sought_the_same_frames_come() {
        let folder = tempfile::tempdir().unwrap();
        let path = clip(&folder);
        let walked = frames(&mut Video::new(path.clone()), 6);
        assert_eq!(walked.len(), 6);
        assert!(walked.windows(2).all(|two| two[0] != two[1]), "a frame came twice");
        let mut long = Video {
            path: path.clone(),
            long: ClockTime::ZERO,
        };
        let sought = frames(&mut long, 6);
        assert_eq!(sought.len(), 6);
        assert!(sought.windows(2).all(|two| two[0] != two[1]), "a frame came twice");
        assert_eq!(frames(&mut Video::new(path), 100).len(), 30, "all there are");
    }

    #[test]
    fn what_is_no_video_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note.mp4");
        std::fs::write(&path, "no video").unwrap();
        let mut collector = Collector::new(folder.path(), 4, &|| false, &|_| {});
        let error = Video::new(path).play(&mut collector).unwrap_err().to_string();
        assert!(error.contains("note.mp4"), "{error}");
    }
}
