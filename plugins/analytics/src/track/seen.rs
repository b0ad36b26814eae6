//! Since when each track has been seen.

use std::collections::BTreeMap;

use gst_luchs_meta::Track;

/// So many tracks are remembered. More are never followed at once; an older one begins anew.
const MOST: usize = 1024;

/// The running time at which each track was seen first.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeMap<u64, Option<gst::ClockTime>>);

impl Seen {
    /// The tracks of a frame with their times.
    pub(super) fn with_times(&mut self, tracks: &[Option<u64>], now: Option<gst::ClockTime>) -> Vec<Option<Track>> {
        let mut with_times = |id: u64| {
            let first_seen = *self.0.entry(id).or_insert(now);
            Track {
                id,
                first_seen,
                last_seen: now,
            }
        };
        let timed = tracks.iter().map(|id| id.map(&mut with_times)).collect();
        // Ids grow: the lowest are of those who are gone.
        while self.0.len() > MOST {
            self.0.pop_first();
        }
        timed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_keeps_its_beginning_and_memory_is_bounded() {
        let mut seen = Seen::default();
        let at = |seconds: u64| Some(gst::ClockTime::from_seconds(seconds));
        seen.with_times(&[Some(5), None], at(1));
        let again = seen.with_times(&[None, Some(5), Some(6)], at(2));
        let times: Vec<_> = again
            .iter()
            .flatten()
            .map(|t| (t.id, t.first_seen, t.last_seen))
            .collect();
        assert_eq!(times, [(5, at(1), at(2)), (6, at(2), at(2))]);
        for id in 7..3000 {
            seen.with_times(&[Some(id)], at(id));
        }
        assert_eq!(seen.0.len(), MOST);
    }
}
