//! From tracked objects, frame by frame, to the events of their lives: new, update, end.

mod vote;

use std::collections::{BTreeMap, btree_map::Entry};

use luchs_scene::{
    Draft, Name, Object, Size, Utc,
    event::{Kind, TimeSource, TrackedObject},
};
use vote::Vote;

/// How often and how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Milliseconds between two `object.update` of an object that stays in view. 0: on every frame.
    pub update_interval_ms: u64,
    /// Milliseconds without being seen after which an object has ended. An object that comes back later with the same
    /// track id begins again with `object.new`, so this should be longer than the tracker remembers lost tracks.
    pub end_after_ms: u64,
    /// Most objects open at a time; the one unseen for the longest is ended to make room. At least 1.
    pub max_open: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            update_interval_ms: 1000,
            end_after_ms: 2000,
            max_open: 4096,
        }
    }
}

/// When a frame was captured, and how big it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Capture time.
    pub time: Utc,
    /// Whose clock that is.
    pub time_source: Option<TimeSource>,
    /// Stream time in nanoseconds. It runs backwards when a video is played backwards.
    pub stream_time_ns: Option<u64>,
    /// Running time in nanoseconds; intervals are measured by it where it is known, otherwise by `time`.
    pub running_time_ns: Option<u64>,
    /// Size of the frame that the objects' boxes refer to.
    pub frame: Size,
}

impl Moment {
    /// Milliseconds since `earlier`; 0 where the clock in use went back, as it does on a seek or a corrected clock.
    fn millis_since(&self, earlier: &Self) -> u64 {
        match (self.running_time_ns, earlier.running_time_ns) {
            (Some(now), Some(then)) => now.saturating_sub(then) / 1_000_000,
            _ => self.time.millis_since(earlier.time),
        }
    }
}

/// The objects of one camera that have begun and not ended.
///
/// Every life is one `object.new`, then any number of `object.update`, then one `object.end` with the facts as last
/// seen. The label that the events carry is voted on over the track's sightings, so that a detector's flicker between
/// “car” and “truck” does not become a stream of changes.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    camera: Name,
    settings: Settings,
    open: BTreeMap<u64, Open>,
    last: Option<Moment>,
    /// Milliseconds of observed time. It never goes back, whatever the clocks do.
    clock_ms: u64,
    /// How much of it nothing moved.
    still_ms: u64,
    /// Frames observed.
    frames: u64,
}

#[derive(Clone, Debug)]
struct Open {
    facts: TrackedObject,
    frame: Size,
    vote: Vote,
    seen_ms: u64,
    /// How much of the time before it was last seen nothing moved.
    still_ms: u64,
    seen_frame: u64,
    reported_ms: u64,
}

impl Lifecycle {
    /// Nothing seen yet.
    pub fn new(camera: Name, settings: Settings) -> Self {
        Self {
            camera,
            settings,
            open: BTreeMap::new(),
            last: None,
            clock_ms: 0,
            still_ms: 0,
            frames: 0,
        }
    }

    /// How many objects are open.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Takes the objects of one frame and appends what is to be told about them to `out`.
    ///
    /// Only objects with a track id count; of two with the same id the more confident one, and none whose box is not
    /// made of finite numbers. Leave out frames that no detector looked at: their lack of objects means nothing.
    pub fn observe(&mut self, at: Moment, objects: &[Object], out: &mut Vec<Draft>) {
        self.pass(at);
        self.frames += 1;
        for object in best_per_track(objects).into_values() {
            self.sight(&at, object, out);
        }
        self.end_unseen(&at, out);
        self.make_room(&at, out);
    }

    /// Takes a frame that no detector looked at because nothing moves: what is there stays there, so this time does not
    /// count as time without being seen.
    pub fn rest(&mut self, at: Moment) {
        self.still_ms = self.still_ms.saturating_add(self.pass(at));
    }

    /// Puts the clock on; by how many milliseconds.
    fn pass(&mut self, at: Moment) -> u64 {
        let passed = self.last.replace(at).map_or(0, |last| at.millis_since(&last));
        self.clock_ms = self.clock_ms.saturating_add(passed);
        passed
    }

    /// The stream is over: ends all that is open.
    pub fn finish(&mut self, out: &mut Vec<Draft>) {
        let Some(at) = self.last.take() else { return };
        for (_, open) in std::mem::take(&mut self.open) {
            out.push(self.draft(Kind::ObjectEnd, &at, open.frame, open.facts));
        }
    }

    fn sight(&mut self, at: &Moment, object: &Object, out: &mut Vec<Draft>) {
        let confidence = if object.confidence.is_nan() {
            0.0
        } else {
            object.confidence.clamp(0.0, 1.0)
        };
        let object = Object {
            confidence,
            ..object.clone()
        };
        let Some(id) = object.track_id else { return };
        let Some(mut facts) = TrackedObject::new(&object, at.frame, at.time, at.time, confidence) else {
            return;
        };
        let kind = match self.open.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(Open {
                    facts: facts.clone(),
                    frame: at.frame,
                    vote: Vote::new(&object),
                    seen_ms: self.clock_ms,
                    still_ms: self.still_ms,
                    seen_frame: self.frames,
                    reported_ms: self.clock_ms,
                });
                Kind::ObjectNew
            }
            Entry::Occupied(mut entry) => {
                let open = entry.get_mut();
                let relabelled = open.vote.cast(&object);
                facts.label_id = open.vote.label_id();
                facts.label = open.vote.label();
                facts.top_confidence = open.facts.top_confidence.max(confidence);
                facts.first_seen = open.facts.first_seen;
                facts.last_seen = at.time.max(open.facts.first_seen);
                open.facts = facts.clone();
                open.frame = at.frame;
                open.seen_ms = self.clock_ms;
                open.still_ms = self.still_ms;
                open.seen_frame = self.frames;
                if !relabelled && self.clock_ms - open.reported_ms < self.settings.update_interval_ms {
                    return;
                }
                open.reported_ms = self.clock_ms;
                Kind::ObjectUpdate
            }
        };
        out.push(self.draft(kind, at, at.frame, facts));
    }

    fn end_unseen(&mut self, at: &Moment, out: &mut Vec<Draft>) {
        // Two frames at least: after a stall of the camera, one frame in which the detector missed it proves nothing.
        let gone = |open: &Open| {
            let unseen = (self.clock_ms - open.seen_ms).saturating_sub(self.still_ms - open.still_ms);
            unseen >= self.settings.end_after_ms && self.frames - open.seen_frame >= 2
        };
        let ids: Vec<u64> = self
            .open
            .iter()
            .filter(|(_, open)| gone(open))
            .map(|(&id, _)| id)
            .collect();
        for id in ids {
            self.end(id, at, out);
        }
    }

    fn make_room(&mut self, at: &Moment, out: &mut Vec<Draft>) {
        while self.open.len() > self.settings.max_open.max(1) {
            let stalest = self
                .open
                .iter()
                .min_by_key(|(id, open)| (open.seen_frame, **id))
                .map(|(&id, _)| id);
            let Some(id) = stalest else { return };
            self.end(id, at, out);
        }
    }

    fn end(&mut self, id: u64, at: &Moment, out: &mut Vec<Draft>) {
        if let Some(open) = self.open.remove(&id) {
            out.push(self.draft(Kind::ObjectEnd, at, open.frame, open.facts));
        }
    }

    fn draft(&self, kind: Kind, at: &Moment, frame: Size, object: TrackedObject) -> Draft {
        Draft {
            time_source: at.time_source,
            stream_time_ns: at.stream_time_ns,
            frame: Some(frame),
            object: Some(object),
            ..Draft::new(kind, self.camera.clone(), at.time)
        }
    }
}

/// The most confident sighting of each track, the first of equals, in the order of ids.
fn best_per_track(objects: &[Object]) -> BTreeMap<u64, &Object> {
    let mut best: BTreeMap<u64, &Object> = BTreeMap::new();
    for object in objects {
        let Some(id) = object.track_id else { continue };
        let rect = object.rect;
        if ![rect.x, rect.y, rect.right(), rect.bottom()]
            .iter()
            .all(|v| v.is_finite())
        {
            continue;
        }
        match best.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(object);
            }
            Entry::Occupied(mut entry) if object.confidence > entry.get().confidence => {
                entry.insert(object);
            }
            Entry::Occupied(_) => {}
        }
    }
    best
}
