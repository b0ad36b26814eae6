//! Which detections of successive frames are one and the same object.

mod assignment;
mod kalman;
mod rounds;
mod settings;
mod track;

use std::{cmp::Ordering, time::Duration};

use luchs_scene::{Detection, Rect};
use rounds::{Pool, Rule};
pub use settings::{Mode, Settings};
use track::Track;

/// The time between two frames to assume where nothing is known about it: 25 frames per second.
pub const NOMINAL_FRAME: Duration = Duration::from_millis(40);

/// After a longer pause between two frames nothing can be said about what is where.
const LONGEST_STEP: Duration = Duration::from_secs(5);

/// Coordinates beyond this are no frame's.
const MAX_COORDINATE: f32 = 1e6;

/// Follows the objects of one camera through its frames.
///
/// [`Mode::ByteTrack`] is Zhang et al., “ByteTrack: Multi-Object Tracking by Associating Every Detection Box”, ECCV 2022,
/// arXiv:2110.06864. Confident detections are matched with the predicted places of all tracks first; what the detector
/// was less sure of, because it is half hidden, then keeps alive the tracks that are left over, but begins none.
/// [`Mode::Sort`] is Bewley et al., “Simple Online and Realtime Tracking”, ICIP 2016, arXiv:1602.00763: confident
/// detections only, by overlap only.
///
/// A detection is matched with a track of its own class. Only where a box stays in its place while the detector changes
/// its name for it (a car that is a truck for one frame) does the track follow the box.
///
/// The result depends on the detections, not on their order. Ids begin at 1, grow, and are never used twice.
#[derive(Clone, Debug)]
pub struct Tracker {
    settings: Settings,
    tracks: Vec<Track>,
    ids: u64,
    /// Whether a detector looked at a frame since the start or the last reset.
    begun: bool,
}

impl Tracker {
    /// Follows nothing yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            tracks: Vec::new(),
            ids: 0,
            begun: false,
        }
    }

    /// The settings in use.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Other settings from the next frame on; tracks go on.
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// How many objects are being followed: confirmed, and seen or not yet given up.
    pub fn active(&self) -> usize {
        self.tracks.iter().filter(|track| track.id.is_some()).count()
    }

    /// How many ids were given so far; the ids are 1 to this.
    pub fn total(&self) -> u64 {
        self.ids
    }

    /// Forgets all tracks, as after a cut in the picture. Ids go on.
    pub fn reset(&mut self) {
        self.tracks.clear();
        self.begun = false;
    }

    /// Takes the detections of a frame that was captured `elapsed` after the one before (see [`NOMINAL_FRAME`]).
    ///
    /// Gives for each detection, in the same order, the id of its track, or None if no confirmed track has it: too little
    /// confidence, seen too few times yet, or no proper box.
    pub fn update(&mut self, elapsed: Duration, detections: &[Detection]) -> Vec<Option<u64>> {
        self.predict_only(elapsed);
        self.tracks.iter_mut().for_each(Track::look);
        let order = self.canonical(detections);
        let sorted: Vec<Detection> = order.iter().map(|&i| detections[i]).collect();
        let matched = self.associate(&sorted);
        self.tracks.retain(|track| track.is_seen() || track.id.is_some());
        self.begun = true;
        let mut result = vec![None; detections.len()];
        for (&position, id) in order.iter().zip(matched) {
            result[position] = id;
        }
        result
    }

    /// Takes a frame that no detector looked at: moves all tracks on, and gives up those that stay unseen for too long.
    pub fn predict_only(&mut self, elapsed: Duration) {
        for track in &mut self.tracks {
            track.predict(elapsed);
        }
        // At a low frame rate one frame may take longer than that, and must not cost every track.
        let limit = self.settings.max_lost.max(elapsed.min(LONGEST_STEP));
        self.tracks.retain(|track| track.unseen() <= limit);
    }

    /// Takes a frame that no detector looked at because nothing moves: all tracks stay where they are, as they are, for as
    /// long as that lasts. Time stands still for them.
    pub fn rest(&mut self) {
        self.tracks.iter_mut().for_each(Track::rest);
    }

    /// Positions of the usable detections, in an order that does not depend on the one they came in.
    fn canonical(&self, detections: &[Detection]) -> Vec<usize> {
        let floor = match self.settings.mode {
            Mode::ByteTrack => self.settings.low_threshold.min(self.settings.track_threshold),
            Mode::Sort => self.settings.track_threshold,
        };
        let usable = |d: &Detection| d.confidence >= floor && d.rect.is_proper() && is_plausible(&d.rect);
        let mut order: Vec<usize> = (0..detections.len()).filter(|&i| usable(&detections[i])).collect();
        order.sort_by(|&a, &b| by_confidence_and_place(&detections[a], &detections[b]));
        order.truncate(self.settings.max_tracks);
        order
    }

    /// Matches detections in canonical order; the id of each one's track.
    fn associate(&mut self, detections: &[Detection]) -> Vec<Option<u64>> {
        let s = self.settings.clone();
        let high = detections.partition_point(|d| d.confidence >= s.track_threshold);
        let mut pool = Pool::new(detections, self.tracks.len());
        let confirmed = |track: &Track| track.id.is_some();
        let seen_before = |track: &Track| track.id.is_some() && !track.was_lost();
        let tentative = |track: &Track| track.id.is_none();
        match s.mode {
            Mode::ByteTrack => {
                pool.round(
                    &self.tracks,
                    confirmed,
                    0..high,
                    Rule::Fused {
                        max_cost: s.match_threshold,
                    },
                );
                pool.round(
                    &self.tracks,
                    seen_before,
                    high..detections.len(),
                    Rule::Overlap { min_iou: s.low_iou },
                );
                pool.round(
                    &self.tracks,
                    tentative,
                    0..high,
                    Rule::Fused {
                        max_cost: s.tentative_threshold,
                    },
                );
            }
            Mode::Sort => pool.round(
                &self.tracks,
                |_| true,
                0..high,
                Rule::Overlap {
                    min_iou: 1.0 - s.match_threshold,
                },
            ),
        }
        pool.round(&self.tracks, seen_before, 0..high, Rule::Renamed);

        let mut ids = vec![None; detections.len()];
        for (position, owner) in pool.owners().iter().enumerate() {
            let Some(track) = owner.and_then(|index| self.tracks.get_mut(index)) else {
                continue;
            };
            track.see(&detections[position]);
            if track.id.is_none() && track.hits() >= s.min_hits {
                self.ids += 1;
                track.id = Some(self.ids);
            }
            ids[position] = track.id;
        }
        let free: Vec<usize> = (0..high).filter(|&i| pool.owners()[i].is_none()).collect();
        for position in free {
            if detections[position].confidence < s.new_threshold {
                continue;
            }
            if self.tracks.len() >= s.max_tracks && !self.drop_stalest() {
                break;
            }
            let mut track = Track::new(&detections[position]);
            // As ByteTrack has it: what is there when the picture begins need not prove itself.
            if s.min_hits <= 1 || !self.begun {
                self.ids += 1;
                track.id = Some(self.ids);
            }
            ids[position] = track.id;
            self.tracks.push(track);
        }
        ids
    }

    /// Makes room by giving up the track unseen for the longest; false if all are in view.
    fn drop_stalest(&mut self) -> bool {
        let unseen = self.tracks.iter().enumerate().filter(|(_, track)| !track.is_seen());
        let Some(stalest) = unseen
            .max_by_key(|(i, track)| (track.unseen(), std::cmp::Reverse(*i)))
            .map(|(i, _)| i)
        else {
            return false;
        };
        self.tracks.remove(stalest);
        true
    }
}

fn is_plausible(rect: &Rect) -> bool {
    [rect.x, rect.y, rect.w, rect.h]
        .iter()
        .all(|v| v.abs() < MAX_COORDINATE)
}

fn by_confidence_and_place(a: &Detection, b: &Detection) -> Ordering {
    let key = |d: &Detection| [d.rect.x, d.rect.y, d.rect.w, d.rect.h];
    let places = key(a).into_iter().zip(key(b));
    b.confidence
        .total_cmp(&a.confidence)
        .then_with(|| a.label_id.cmp(&b.label_id))
        .then_with(|| {
            places
                .map(|(x, y)| x.total_cmp(&y))
                .find(|o| o.is_ne())
                .unwrap_or(Ordering::Equal)
        })
}
