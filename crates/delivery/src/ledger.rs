//! What a subscriber has seen: which events are new, and which are missing.

use std::collections::{BTreeMap, VecDeque};

use luchs_scene::{Event, Name, event::GapReason};
use uuid::Uuid;

/// Most numberings of one device that are remembered; it begins a new one only when its outbox was replaced. For each
/// device by itself, so that one that misbehaves pushes out no other's.
const NUMBERINGS: usize = 64;
/// Most separate runs of numbers that are remembered of one numbering.
const RUNS: usize = 4096;

/// Whether an event was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Never.
    New,
    /// Delivered again. Its effect must not happen twice.
    Duplicate,
}

/// Numbers that are missing between what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapReport {
    /// The device.
    pub device: Name,
    /// The numbering.
    pub epoch: Uuid,
    /// The first missing number.
    pub from: u64,
    /// The last missing number.
    pub to: u64,
    /// Why, if the device itself said that they will never come. None: lost on the way, or still under way.
    pub announced: Option<GapReason>,
}

impl GapReport {
    /// How many events are missing.
    pub fn count(&self) -> u64 {
        self.to.saturating_sub(self.from).saturating_add(1)
    }
}

/// Tells new events from those seen before, and finds what is missing. It needs all cameras of a device, whose events
/// share one numbering. Events may come in any order. Memory is bounded; beyond the bound, holes that lie long back
/// are closed (and no longer reported).
#[derive(Debug, Default)]
pub struct Ledger {
    numberings: BTreeMap<(Name, Uuid), Numbering>,
    /// Of each device, oldest first.
    order: BTreeMap<Name, VecDeque<Uuid>>,
}

#[derive(Debug, Default)]
struct Numbering {
    /// Runs of numbers that were seen, first to last, never touching each other.
    runs: BTreeMap<u64, u64>,
    /// Runs of numbers that the device gave up.
    given_up: Vec<(u64, u64, GapReason)>,
}

impl Ledger {
    /// Notes an event.
    pub fn observe(&mut self, event: &Event) -> Seen {
        let key = (event.device.clone(), event.epoch);
        if !self.numberings.contains_key(&key) {
            let order = self.order.entry(event.device.clone()).or_default();
            if order.len() == NUMBERINGS
                && let Some(oldest) = order.pop_front()
            {
                self.numberings.remove(&(event.device.clone(), oldest));
            }
            order.push_back(event.epoch);
        }
        let numbering = self.numberings.entry(key).or_default();
        let seen = numbering.insert(event.seq);
        if let (Seen::New, Some(gap)) = (seen, &event.gap)
            && gap.from_seq <= gap.to_seq
        {
            numbering.given_up.push((gap.from_seq, gap.to_seq, gap.reason));
            if numbering.given_up.len() > RUNS {
                numbering.given_up.remove(0);
            }
        }
        seen
    }

    /// What is missing between the first and the last number of each numbering, in order.
    pub fn gaps(&self) -> Vec<GapReport> {
        let reports = |((device, epoch), numbering): (&(Name, Uuid), &Numbering)| {
            let report = |(from, to, announced)| GapReport {
                device: device.clone(),
                epoch: *epoch,
                from,
                to,
                announced,
            };
            numbering.gaps().into_iter().map(report).collect::<Vec<_>>()
        };
        self.numberings.iter().flat_map(reports).collect()
    }

    /// How many events are missing without the device having said so.
    pub fn unannounced(&self) -> u64 {
        self.gaps()
            .iter()
            .filter(|gap| gap.announced.is_none())
            .map(GapReport::count)
            .fold(0, u64::saturating_add)
    }
}

impl Numbering {
    fn insert(&mut self, seq: u64) -> Seen {
        let before = self.runs.range(..=seq).next_back().map(|(&from, &to)| (from, to));
        if before.is_some_and(|(_, to)| to >= seq) {
            return Seen::Duplicate;
        }
        let from = match before {
            Some((from, to)) if to.checked_add(1) == Some(seq) => from,
            _ => seq,
        };
        let to = seq
            .checked_add(1)
            .and_then(|next| self.runs.remove(&next))
            .unwrap_or(seq);
        self.runs.insert(from, to);
        if self.runs.len() > RUNS {
            self.close_oldest_hole();
        }
        Seen::New
    }

    fn close_oldest_hole(&mut self) {
        if let (Some((first, _)), Some((_, to))) = (self.runs.pop_first(), self.runs.pop_first()) {
            self.runs.insert(first, to);
        }
    }

    fn gaps(&self) -> Vec<(u64, u64, Option<GapReason>)> {
        let mut given_up = self.given_up.clone();
        given_up.sort_by_key(|&(from, to, _)| (from, to));
        // What was given up before the first event that we saw is missing for us as well.
        let mut next = given_up
            .first()
            .map(|gap| gap.0)
            .into_iter()
            .chain(self.runs.keys().next().copied())
            .min();
        let mut gaps = Vec::new();
        for (&from, &to) in &self.runs {
            if let Some(start) = next.filter(|&start| start < from) {
                split(start, from - 1, &given_up, &mut gaps);
            }
            next = to.checked_add(1);
        }
        gaps
    }
}

/// Cuts the missing numbers `from` to `to` into those that were given up and the others.
fn split(mut from: u64, to: u64, given_up: &[(u64, u64, GapReason)], gaps: &mut Vec<(u64, u64, Option<GapReason>)>) {
    for &(start, end, reason) in given_up {
        if end < from || start > to {
            continue;
        }
        if start > from {
            gaps.push((from, start - 1, None));
        }
        let last = end.min(to);
        gaps.push((start.max(from), last, Some(reason)));
        if last == to {
            return;
        }
        from = last + 1;
    }
    gaps.push((from, to, None));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use luchs_scene::{
        Draft, Utc,
        event::{Gap, Kind, Stamp},
    };
    use proptest::prelude::*;

    fn event(device: &str, epoch: u128, seq: u64, gap: Option<(u64, u64)>) -> Event {
        let gap = gap.map(|(from_seq, to_seq)| Gap {
            count: to_seq - from_seq + 1,
            from_seq,
            to_seq,
            reason: GapReason::Retention,
        });
        let draft = Draft {
            gap,
            ..Draft::new(Kind::Gap, "gate".parse().unwrap(), Utc::from_unix_millis(0))
        };
        let (id, boot, epoch) = (Uuid::nil(), Uuid::nil(), Uuid::from_u128(epoch));
        draft.stamped(Stamp {
            id,
            device: device.parse().unwrap(),
            boot,
            epoch,
            seq,
        })
    }

    fn missing(ledger: &Ledger) -> Vec<(u64, u64, bool)> {
        ledger
            .gaps()
            .iter()
            .map(|gap| (gap.from, gap.to, gap.announced.is_some()))
            .collect()
    }

    #[test]
    fn an_event_is_new_once_per_device_and_numbering() {
        let mut ledger = Ledger::default();
        for (device, epoch) in [("a", 1), ("b", 1), ("a", 2)] {
            assert_eq!(ledger.observe(&event(device, epoch, 5, None)), Seen::New);
            assert_eq!(ledger.observe(&event(device, epoch, 5, None)), Seen::Duplicate);
        }
        assert_eq!(missing(&ledger), []);
    }

    #[test]
    fn a_hole_is_reported_until_it_is_filled() {
        let mut ledger = Ledger::default();
        for seq in [3, 4, 9] {
            ledger.observe(&event("a", 1, seq, None));
        }
        assert_eq!((missing(&ledger), ledger.unannounced()), (vec![(5, 8, false)], 4));
        for seq in [8, 6, 5, 7] {
            assert_eq!(ledger.observe(&event("a", 1, seq, None)), Seen::New);
        }
        assert_eq!(missing(&ledger), []);
    }

    #[test]
    fn what_the_device_gave_up_is_told_from_what_was_lost() {
        let mut ledger = Ledger::default();
        ledger.observe(&event("a", 1, 10, None));
        ledger.observe(&event("a", 1, 30, Some((15, 20))));
        assert_eq!(missing(&ledger), [(11, 14, false), (15, 20, true), (21, 29, false)]);
        // Given up, but sent all the same before: not missing.
        ledger.observe(&event("a", 1, 16, None));
        assert_eq!(
            missing(&ledger)[1..4],
            [(15, 15, true), (17, 20, true), (21, 29, false)]
        );
        assert_eq!(ledger.unannounced(), 13);
    }

    #[test]
    fn what_was_given_up_before_the_first_event_is_reported_too() {
        let mut ledger = Ledger::default();
        ledger.observe(&event("a", 1, 101, Some((1, 100))));
        assert_eq!(missing(&ledger), [(1, 100, true)]);
    }

    #[test]
    fn memory_is_bounded_and_a_number_is_still_never_new_twice() {
        let mut ledger = Ledger::default();
        for seq in (0..40_000).step_by(2) {
            ledger.observe(&event("a", 1, seq, None));
        }
        assert_eq!(ledger.gaps().len(), RUNS - 1);
        assert_eq!(ledger.observe(&event("a", 1, 0, None)), Seen::Duplicate);
        assert_eq!(ledger.observe(&event("a", 1, u64::MAX, None)), Seen::New);
        assert_eq!(ledger.observe(&event("a", 1, u64::MAX, None)), Seen::Duplicate);
    }

    #[test]
    fn a_device_that_begins_numberings_without_end_makes_us_forget_only_its_own() {
        let mut ledger = Ledger::default();
        ledger.observe(&event("good", 1, 1, None));
        for epoch in 0..5000 {
            ledger.observe(&event("bad", epoch, 1, None));
        }
        assert_eq!(ledger.observe(&event("good", 1, 1, None)), Seen::Duplicate);
        assert_eq!(ledger.numberings.len(), NUMBERINGS + 1);
    }

    #[test]
    fn sums_of_absurd_gaps_stay_sums() {
        let mut ledger = Ledger::default();
        for device in ["a", "b", "c"] {
            ledger.observe(&event(device, 1, 1, None));
            ledger.observe(&event(device, 1, u64::MAX, None));
        }
        assert_eq!(ledger.unannounced(), u64::MAX);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn like_a_set(numbers in proptest::collection::vec(1_u64..60, 1..120)) {
            let (mut ledger, mut set) = (Ledger::default(), BTreeSet::new());
            for &seq in &numbers {
                let expected = if set.insert(seq) { Seen::New } else { Seen::Duplicate };
                prop_assert_eq!(ledger.observe(&event("a", 1, seq, None)), expected);
            }
            let (first, last) = (*set.first().unwrap(), *set.last().unwrap());
            let holes: Vec<u64> = (first..=last).filter(|seq| !set.contains(seq)).collect();
            let found: Vec<u64> = ledger.gaps().iter().flat_map(|gap| gap.from..=gap.to).collect();
            prop_assert_eq!(found, holes);
        }
    }
}
