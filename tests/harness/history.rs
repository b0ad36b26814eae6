//! One judge for all scenarios: what went in must come out, once and in order. In the manner of Jepsen's `total-queue`
//! checker.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::RangeInclusive,
    path::Path,
};

use anyhow::{Result, ensure};
use luchs_delivery::{EventState, Filter, Ledger, OutboxError, OutboxView};
use luchs_scene::{Event, event::Kind};

use crate::{Process, publisher::LAST_ID};

/// What happened to the events of one outbox. Events are known by the id of their object, which a scenario gives out
/// once and in rising order.
#[derive(Debug, Default)]
pub struct History {
    attempted: Vec<RangeInclusive<u64>>,
    sealed: BTreeSet<u64>,
    /// Places in the outbox that the broker has acknowledged, and how many it has not.
    acknowledged: BTreeSet<u64>,
    waiting: u64,
    received: Vec<Event>,
}

/// What is wrong with a history, if anything.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Events that are known to have been on disk.
    pub sealed: u64,
    /// Events that the broker has acknowledged, as far as the outbox remembers.
    pub acknowledged: u64,
    /// Events that the broker has not acknowledged.
    pub waiting: u64,
    /// Events that a reader got.
    pub received: u64,
    /// Events that were not known to be on disk, and came all the same.
    pub recovered: u64,
    /// Events that the device has said it gave up.
    pub given_up: u64,
    /// On disk, and never received, beyond those given up.
    pub lost: Vec<u64>,
    /// Acknowledged by the broker, and never received: by their numbers.
    pub lost_by_broker: Vec<u64>,
    /// Received more than once.
    pub duplicated: Vec<u64>,
    /// Received and never sent.
    pub unexpected: Vec<u64>,
    /// Received after a later one of the same camera: camera and id.
    pub disordered: Vec<(String, u64)>,
    /// Numbers that are missing without a word.
    pub holes: u64,
}

impl History {
    /// A publisher was given the events `first` and the `count - 1` after it; `committed` of them are on disk for
    /// certain.
    pub fn ran(&mut self, first: u64, count: u64, committed: u64) {
        if count > 0 {
            self.attempted.push(first..=first + count - 1);
        }
        self.sealed.extend(first..first + committed);
    }

    /// A reader printed these.
    pub fn received(&mut self, events: impl IntoIterator<Item = Event>) {
        self.received.extend(events);
    }

    /// Notes what the outbox says of acknowledgements; its publisher should be gone.
    pub fn outbox(&mut self, path: &Path) -> Result<()> {
        self.acknowledged.clear();
        self.waiting = 0;
        OutboxView::open(path)?.events(&Filter::default(), |event| {
            if event.state == EventState::Acknowledged {
                self.acknowledged.insert(event.seq);
            } else {
                self.waiting += 1;
            }
            Ok::<_, OutboxError>(true)
        })?;
        Ok(())
    }

    /// The judgement.
    pub fn judge(&self) -> Verdict {
        let mut ledger = Ledger::default();
        for event in &self.received {
            ledger.observe(event);
        }
        let announced = ledger.gaps().into_iter().filter(|gap| gap.announced.is_some());
        let mut verdict = Verdict {
            sealed: self.sealed.len() as u64,
            acknowledged: self.acknowledged.len() as u64,
            waiting: self.waiting,
            received: self.received.len() as u64,
            given_up: announced.map(|gap| gap.count()).sum(),
            holes: ledger.unannounced(),
            ..Verdict::default()
        };
        let (mut numbers, mut ids) = (BTreeSet::new(), BTreeSet::new());
        let mut highest: BTreeMap<String, u64> = BTreeMap::new();
        let mut last_numbers = BTreeMap::new();
        for event in &self.received {
            if !numbers.insert((event.epoch, event.seq)) {
                verdict.duplicated.push(event.seq);
            }
            let camera = event.camera.to_string();
            let before = last_numbers.insert((event.epoch, camera.clone()), event.seq);
            let mut in_order = before.is_none_or(|before| before < event.seq);
            if let Some(id) = id_of(event) {
                if !ids.insert(id) {
                    verdict.duplicated.push(id);
                }
                if !self.attempted.iter().any(|range| range.contains(&id)) {
                    verdict.unexpected.push(id);
                }
                let before = highest.entry(camera.clone()).or_default();
                in_order &= *before < id;
                *before = id.max(*before);
            }
            if !in_order {
                verdict.disordered.push((camera, event.seq));
            }
        }
        verdict.recovered = ids.difference(&self.sealed).count() as u64;
        let missing: Vec<u64> = self.sealed.difference(&ids).copied().collect();
        if missing.len() as u64 > verdict.given_up {
            verdict.lost = missing;
        }
        // Of the last numbering; an outbox that was replaced has others besides.
        if let Some(epoch) = self.received.last().map(|event| event.epoch) {
            let got = |seq: &&u64| numbers.contains(&(epoch, **seq));
            verdict.lost_by_broker = self.acknowledged.iter().filter(|seq| !got(seq)).copied().collect();
        }
        verdict
    }
}

fn id_of(event: &Event) -> Option<u64> {
    let id = event.object.as_ref().filter(|_| event.kind == Kind::ObjectNew)?.id;
    (id != LAST_ID).then_some(id)
}

impl Verdict {
    /// An error that says what is wrong, unless everything came once and in order.
    pub fn sound(&self) -> Result<()> {
        ensure!(self.is_sound(), "{self}");
        Ok(())
    }

    /// Whether everything came, once and in order.
    pub fn is_sound(&self) -> bool {
        self.is_complete() && self.disordered.is_empty()
    }

    /// Whether everything came, once.
    pub fn is_complete(&self) -> bool {
        self.lost.is_empty()
            && self.lost_by_broker.is_empty()
            && self.duplicated.is_empty()
            && self.unexpected.is_empty()
            && self.holes == 0
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: Self) {
        self.sealed += other.sealed;
        self.acknowledged += other.acknowledged;
        self.waiting += other.waiting;
        self.received += other.received;
        self.recovered += other.recovered;
        self.given_up += other.given_up;
        self.holes += other.holes;
        self.lost.extend(other.lost);
        self.lost_by_broker.extend(other.lost_by_broker);
        self.duplicated.extend(other.duplicated);
        self.unexpected.extend(other.unexpected);
        self.disordered.extend(other.disordered);
    }
}

/// How many these are, and where they begin.
pub fn some(numbers: &[u64]) -> String {
    match numbers {
        [] => "0".to_owned(),
        [first, ..] => format!("{} (from {first})", numbers.len()),
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sealed, {} received, {} of them not known to be sealed, {} given up; lost {}, lost by the broker {}, \
             duplicated {}, unexpected {}, out of order {}, unexplained holes {}",
            self.sealed,
            self.received,
            self.recovered,
            self.given_up,
            some(&self.lost),
            some(&self.lost_by_broker),
            some(&self.duplicated),
            some(&self.unexpected),
            self.disordered.len(),
            self.holes
        )?;
        match self.disordered.first() {
            Some((camera, seq)) => write!(f, " (from {seq} of {camera})"),
            None => Ok(()),
        }
    }
}

/// The events that a reader has printed so far.
pub fn events(reader: &Process) -> Result<Vec<Event>> {
    let output = reader.stdout();
    // The last line may be half written.
    let whole = output.rfind('\n').map_or("", |end| &output[..end]);
    Ok(whole.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use luchs_scene::{Utc, event::Stamp};

    use super::*;
    use crate::publisher::draft;

    fn event(id: u64, seq: u64) -> Event {
        let stamp = Stamp {
            id: uuid::Uuid::now_v7(),
            device: "box".parse().unwrap(),
            boot: uuid::Uuid::nil(),
            epoch: uuid::Uuid::nil(),
            seq,
        };
        let mut draft = draft(id).unwrap();
        draft.time = Utc::from_unix_millis(0);
        draft.stamped(stamp)
    }

    fn judge(events: &[(u64, u64)]) -> Verdict {
        let mut history = History::default();
        history.ran(1, 5, 3);
        history.received(events.iter().map(|(id, seq)| event(*id, *seq)));
        history.judge()
    }

    #[test]
    fn each_kind_of_wrong_is_found() {
        let good = judge(&[(1, 1), (2, 2), (3, 3), (4, 4)]);
        assert!(good.is_sound() && good.recovered == 1, "{good}");
        assert_eq!(judge(&[(1, 1), (2, 2)]).lost, [3]);
        assert_eq!(judge(&[(1, 1), (2, 2), (2, 2), (3, 3)]).duplicated, [2, 2]);
        assert_eq!(judge(&[(1, 1), (2, 2), (3, 3), (3, 4)]).duplicated, [3]);
        assert_eq!(judge(&[(1, 1), (2, 2), (3, 3), (9, 4)]).unexpected, [9]);
        assert_eq!(judge(&[(1, 1), (3, 3), (2, 2)]).disordered.len(), 1);
        assert_eq!(judge(&[(1, 1), (2, 2), (3, 4)]).holes, 1);
    }
}
