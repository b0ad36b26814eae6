//! The rounds in which a frame's detections are given to tracks.

use std::ops::Range;

use luchs_scene::Detection;

use super::{assignment::best_pairs, track::Track};

/// Which pairs are admitted to a round, and what they are worth.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// Same class, 1 − overlap · confidence at most `max_cost`.
    Fused { max_cost: f32 },
    /// Same class, overlap at least `min_iou`.
    Overlap { min_iou: f32 },
    /// Another class in practically the same place.
    Renamed,
}

/// So nearly the same box that two objects of different kinds (a rider and the bicycle) do not share it.
const RENAMED_MIN_IOU: f32 = 0.8;

/// The tracks and detections of one frame that have not found each other yet.
#[derive(Debug)]
pub(super) struct Pool<'a> {
    detections: &'a [Detection],
    /// For each detection the index of its track.
    owners: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl<'a> Pool<'a> {
    pub(super) fn new(detections: &'a [Detection], tracks: usize) -> Self {
        Self {
            detections,
            owners: vec![None; detections.len()],
            taken: vec![false; tracks],
        }
    }

    pub(super) fn owners(&self) -> &[Option<usize>] {
        &self.owners
    }

    /// Matches the free tracks that are `eligible` with the free detections in `range`.
    pub(super) fn round(
        &mut self,
        tracks: &[Track],
        eligible: impl Fn(&Track) -> bool,
        range: Range<usize>,
        rule: Rule,
    ) {
        let rows: Vec<usize> = (0..tracks.len())
            .filter(|&i| !self.taken[i] && eligible(&tracks[i]))
            .collect();
        let columns: Vec<usize> = range.filter(|&i| self.owners[i].is_none()).collect();
        let places: Vec<_> = rows.iter().map(|&row| tracks[row].rect()).collect();
        let gain = |row: usize, column: usize| {
            let detection = &self.detections[columns[column]];
            let same = tracks[rows[row]].label_id() == detection.label_id;
            rule.gain(same, places[row].iou(&detection.rect), detection.confidence)
        };
        for (row, column) in best_pairs(rows.len(), columns.len(), gain) {
            self.taken[rows[row]] = true;
            self.owners[columns[column]] = Some(rows[row]);
        }
    }
}

impl Rule {
    /// What a pair is worth above not being matched; None or nothing if it is not admitted.
    fn gain(self, same_class: bool, iou: f32, confidence: f32) -> f32 {
        match self {
            Self::Fused { max_cost } if same_class => iou * confidence.min(1.0) - (1.0 - max_cost),
            Self::Overlap { min_iou } if same_class => iou - min_iou,
            Self::Renamed if !same_class => iou - RENAMED_MIN_IOU,
            _ => 0.0,
        }
    }
}
