//! Signs of life of one pipeline: what comes out of the source, what goes into the detector, what comes out at the end.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime},
};

use gst::prelude::*;
use luchs_scene::{Size, Utc};

/// Counts, and when each was counted last.
#[derive(Debug)]
pub(super) struct Pulse {
    began: Instant,
    /// Buffers of the source: packets, or parts of a file.
    pub(super) data: Count,
    /// Frames that reach the detector.
    pub(super) frames: Count,
    /// Frames that have gone all the way.
    pub(super) passed: Count,
    look: Mutex<Look>,
}

/// What was seen on the frames.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    /// Their size.
    pub(super) size: Option<Size>,
    /// The camera's clock minus ours, in milliseconds, if the camera tells its time.
    pub(super) clock_offset_ms: Option<i64>,
    /// Objects in view, by label; 0 of those that were.
    pub(super) objects: BTreeMap<String, u64>,
    objects_at: Option<Instant>,
}

/// How often the objects in view are counted.
const OBJECTS: Duration = Duration::from_millis(500);

/// One counter.
#[derive(Debug, Default)]
pub(super) struct Count {
    count: AtomicU64,
    /// Milliseconds from the beginning to the last one, plus one; 0 before the first.
    last: AtomicU64,
}

impl Count {
    fn add(&self, began: Instant) {
        self.count.fetch_add(1, Relaxed);
        self.last.store(began.elapsed().as_millis() as u64 + 1, Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.count.load(Relaxed)
    }
}

impl Pulse {
    /// Begins to count on `pipeline`, by the names of its elements.
    pub(super) fn watch(pipeline: &gst::Bin) -> Arc<Self> {
        let pulse = Arc::new(Self {
            began: Instant::now(),
            data: Count::default(),
            frames: Count::default(),
            passed: Count::default(),
            look: Mutex::default(),
        });
        if let Some(source) = pipeline.by_name("source") {
            for pad in source.src_pads() {
                pulse.clone().count_data(&pad);
            }
            // Weak, or the source would hold on to what holds on to its pads.
            let weak = Arc::downgrade(&pulse);
            source.connect_pad_added(move |_, pad| {
                if let Some(pulse) = weak.upgrade().filter(|_| pad.direction() == gst::PadDirection::Src) {
                    pulse.count_data(pad);
                }
            });
        }
        if let Some(pad) = pipeline.by_name("detect").and_then(|detect| detect.static_pad("sink")) {
            let pulse = pulse.clone();
            pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
                pulse.frames.add(pulse.began);
                if let Some(buffer) = info.buffer() {
                    pulse.look_at_frame(pad, buffer);
                }
                gst::PadProbeReturn::Ok
            });
        }
        if let Some(pad) = pipeline
            .by_name("publish")
            .and_then(|publish| publish.static_pad("src"))
        {
            let pulse = pulse.clone();
            pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
                pulse.passed.add(pulse.began);
                if let Some(buffer) = info.buffer() {
                    pulse.look_at_objects(buffer);
                }
                gst::PadProbeReturn::Ok
            });
        }
        pulse
    }

    /// How long ago the last one was; none before the first.
    pub(super) fn age(&self, count: &Count) -> Option<Duration> {
        let last = count.last.load(Relaxed).checked_sub(1)?;
        Some(self.began.elapsed().saturating_sub(Duration::from_millis(last)))
    }

    /// What was seen on the frames.
    pub(super) fn look(&self) -> Look {
        self.look.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count_data(self: Arc<Self>, pad: &gst::Pad) {
        let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::BUFFER_LIST;
        pad.add_probe(kinds, move |_, _| {
            self.data.add(self.began);
            gst::PadProbeReturn::Ok
        });
    }

    fn look_at_frame(&self, pad: &gst::Pad, buffer: &gst::BufferRef) {
        // Now and then is enough, and the clock of a camera does not jump.
        let count = self.frames.get();
        if count % 16 != 1 {
            return;
        }
        let size = pad.current_caps().and_then(|caps| {
            let structure = caps.structure(0)?;
            let side = |name: &str| structure.get::<i32>(name).ok().and_then(|v| u32::try_from(v).ok());
            Some(Size {
                width: side("width")?,
                height: side("height")?,
            })
        });
        let offset = gst_luchs_meta::reference_time(buffer)
            .map(|theirs| theirs.unix_millis() - Utc::from(SystemTime::now()).unix_millis());
        let mut look = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        look.size = size;
        look.clock_offset_ms = offset;
    }

    fn look_at_objects(&self, buffer: &gst::BufferRef) {
        let mut look = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(size) = look.size else { return };
        if look.objects_at.is_some_and(|at| at.elapsed() < OBJECTS) || !gst_luchs_meta::was_inferred(buffer) {
            return;
        }
        let labels = gst_luchs_meta::objects(buffer, size)
            .into_iter()
            .map(|object| object.label.to_string());
        recount(&mut look.objects, labels);
        look.objects_at = Some(Instant::now());
    }
}

/// Counts anew. A label that was seen stays, with 0: a series that ends whenever a place is empty leaves holes in every plot.
fn recount(objects: &mut BTreeMap<String, u64>, labels: impl Iterator<Item = String>) {
    for count in objects.values_mut() {
        *count = 0;
    }
    for label in labels {
        *objects.entry(label).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_is_out_of_view_is_counted_as_none() {
        let mut objects = BTreeMap::new();
        let frames: [&[&str]; 2] = [&["car", "person", "person"], &["car"]];
        for frame in frames {
            recount(&mut objects, frame.iter().map(ToString::to_string));
        }
        assert_eq!(objects, [("car".to_owned(), 1), ("person".to_owned(), 0)].into());
    }
}
