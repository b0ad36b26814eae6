//! Whether every event of the box reached its reader, once and in order.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use anyhow::{Context as _, Result};
use luchs_delivery::{EventState, Filter, OutboxError, OutboxView};
use luchs_scene::Event;
use luchs_tests::history::some;
use serde::Serialize;

/// What is wrong, if anything.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Verdict {
    /// Events on disk, as the box counted them.
    pub(crate) committed: u64,
    /// Events that the broker has acknowledged, as the box counted them.
    pub(crate) acknowledged: u64,
    /// Different events that the reader printed.
    pub(crate) received: u64,
    /// Of the numbers up to the last, those that the device said it gave up.
    pub(crate) given_up: u64,
    /// Numbers that never came, and in no announced gap.
    pub(crate) lost: Vec<u64>,
    /// Numbers that were printed twice.
    pub(crate) duplicated: Vec<u64>,
    /// Numbers that came after a later one of the same camera.
    pub(crate) disordered: Vec<u64>,
    /// Events in the outbox without an acknowledgement when all was over.
    pub(crate) waiting: u64,
    /// Numberings; the outbox was never replaced, so 1.
    pub(crate) epochs: usize,
    /// Events by kind.
    pub(crate) kinds: BTreeMap<String, u64>,
}

impl Verdict {
    /// From what the reader printed into a file, and from the outbox, whose box has ended after it counted
    /// `committed` and `acknowledged`.
    pub(crate) fn of(printed: &Path, outbox: &Path, committed: u64, acknowledged: u64) -> Result<Self> {
        let mut verdict = Self {
            committed,
            acknowledged,
            ..Self::default()
        };
        let mut numbers = BTreeMap::<_, BTreeSet<u64>>::new();
        let mut given_up = BTreeSet::new();
        let mut last: BTreeMap<String, u64> = BTreeMap::new();
        for line in BufReader::new(File::open(printed)?).lines() {
            let event: Event = serde_json::from_str(&line?).context("a line of the reader")?;
            let seq = event.seq;
            if !numbers.entry(event.epoch).or_default().insert(seq) {
                verdict.duplicated.push(seq);
            }
            if let Some(gap) = &event.gap {
                given_up.extend(gap.from_seq..=gap.to_seq);
            }
            let before = last.insert(event.camera.to_string(), seq);
            if before.is_some_and(|before| before >= seq) {
                verdict.disordered.push(seq);
            }
            let kind = serde_json::to_value(event.kind)?;
            *verdict
                .kinds
                .entry(kind.as_str().unwrap_or("?").to_owned())
                .or_default() += 1;
        }
        verdict.epochs = numbers.len();
        let received = numbers.into_values().next_back().unwrap_or_default();
        let mut known = BTreeSet::new();
        OutboxView::open(outbox)?.events(&Filter::default(), |event| {
            verdict.waiting += u64::from(event.state != EventState::Acknowledged);
            known.insert(event.seq);
            Ok::<_, OutboxError>(true)
        })?;
        let top = [received.last(), known.last(), Some(&committed)]
            .into_iter()
            .flatten()
            .max();
        let missing = (1..=top.copied().unwrap_or_default()).filter(|seq| !received.contains(seq));
        let (told, lost): (Vec<u64>, Vec<u64>) = missing.partition(|seq| given_up.contains(seq));
        verdict.received = received.len() as u64;
        verdict.given_up = told.len() as u64;
        verdict.lost = lost;
        Ok(verdict)
    }

    /// Whether everything came, once and in order, and the box knows it.
    pub(crate) fn is_sound(&self) -> bool {
        self.lost.is_empty()
            && self.duplicated.is_empty()
            && self.disordered.is_empty()
            && self.waiting == 0
            && self.epochs == 1
            && self.received > 0
            && self.committed == self.acknowledged
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} committed, {} acknowledged, {} received, {} given up and told; lost {}, duplicated {}, out of order {}, waiting {}",
            self.committed,
            self.acknowledged,
            self.received,
            self.given_up,
            some(&self.lost),
            some(&self.duplicated),
            some(&self.disordered),
            self.waiting
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_received_is_not_well() {
        let nothing = Verdict {
            epochs: 1,
            ..Verdict::default()
        };
        assert!(!nothing.is_sound());
        let fine = Verdict {
            received: 3,
            committed: 3,
            acknowledged: 3,
            ..nothing
        };
        assert!(fine.is_sound());
        for bad in [
            Verdict {
                lost: vec![2],
                ..fine.clone()
            },
            Verdict {
                duplicated: vec![2],
                ..fine.clone()
            },
            Verdict {
                disordered: vec![2],
                ..fine.clone()
            },
            Verdict {
                acknowledged: 2,
                ..fine.clone()
            },
            Verdict {
                waiting: 1,
                ..fine.clone()
            },
            Verdict {
                epochs: 2,
                ..fine.clone()
            },
        ] {
            assert!(!bad.is_sound(), "{bad}");
        }
    }
}
