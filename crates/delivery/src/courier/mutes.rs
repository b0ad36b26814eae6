//! Topics that the broker does not want events on at present, because nobody subscribes, a quota is used up, or we may
//! not write there. Each is tried with one event now and then; the others go on meanwhile.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use crate::backoff::Backoff;

/// Long enough for the outbox to note what became of an event.
const SOON: Duration = Duration::from_millis(200);

/// Why a topic is muted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nobody subscribes, or there is no room at present. Forgotten with the connection.
    Unwanted,
    /// We may not write there, until a person changes that.
    Denied,
}

#[derive(Debug, Default)]
pub(crate) struct Mutes(HashMap<String, Mute>);

#[derive(Debug)]
struct Mute {
    why: Why,
    backoff: Backoff,
    probe: Probe,
    /// What was refused for good is to be tried again before what waits: it is older.
    parked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    Due(Instant),
    UnderWay(u64),
}

impl Mutes {
    /// The broker did not want event `seq` on `topic`. True if the topic was not muted before.
    pub(crate) fn refused(&mut self, topic: &str, seq: u64, why: Why, now: Instant, random: f64) -> bool {
        let new = !self.0.contains_key(topic);
        let mute = self.0.entry(topic.to_owned()).or_insert_with(|| Mute::new(why, seq));
        if mute.why != why {
            *mute = Mute::new(why, seq);
        }
        mute.parked = why == Why::Denied;
        // Others that were under way at the same time say nothing new.
        if mute.probe == Probe::UnderWay(seq) {
            mute.postpone(now, random);
        }
        new
    }

    /// The broker took an event on `topic`: it is not muted any more. Why it was, if it was.
    pub(crate) fn accepted(&mut self, topic: &str) -> Option<Why> {
        self.0.remove(topic).map(|mute| mute.why)
    }

    /// There is nothing to try `topic` with at present.
    pub(crate) fn postpone(&mut self, topic: &str, now: Instant, random: f64) {
        match self.0.get_mut(topic) {
            Some(mute) if mute.why == Why::Denied => mute.postpone(now, random),
            Some(_) => {
                self.0.remove(topic);
            }
            None => {}
        }
    }

    /// A new connection: subscribers may be back, rights are as they were.
    pub(crate) fn reconnected(&mut self, now: Instant, random: f64) {
        self.0.retain(|_, mute| mute.why == Why::Denied);
        for mute in self
            .0
            .values_mut()
            .filter(|mute| matches!(mute.probe, Probe::UnderWay(_)))
        {
            // A broker that hangs up on it has answered as well.
            mute.postpone(now, random);
        }
    }

    /// The muted topics.
    pub(crate) fn topics(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// When the next topic is to be tried.
    pub(crate) fn next_probe(&self) -> Option<Instant> {
        let due = |mute: &Mute| match mute.probe {
            Probe::Due(at) => Some(at),
            Probe::UnderWay(_) => None,
        };
        self.0.values().filter_map(due).min()
    }

    /// A topic to be tried now, and whether what was refused for good on it must become pending before.
    pub(crate) fn due(&mut self, now: Instant) -> Option<(String, bool)> {
        let due = |mute: &Mute| matches!(mute.probe, Probe::Due(at) if at <= now);
        let (topic, mute) = self.0.iter_mut().find(|(_, mute)| due(mute))?;
        Some((topic.clone(), std::mem::take(&mut mute.parked)))
    }

    /// Event `seq` cannot be sent, whatever the broker says. If it was to be tried, the next one is tried soon.
    pub(crate) fn skipped(&mut self, topic: &str, seq: u64, now: Instant) {
        if let Some(mute) = self.0.get_mut(topic)
            && mute.probe == Probe::UnderWay(seq)
        {
            mute.probe = Probe::Due(now + SOON);
        }
    }

    /// A topic is being tried with event `seq`.
    pub(crate) fn probing(&mut self, topic: &str, seq: u64) {
        if let Some(mute) = self.0.get_mut(topic) {
            mute.probe = Probe::UnderWay(seq);
        }
    }
}

impl Mute {
    fn new(why: Why, seq: u64) -> Self {
        let (first, longest) = match why {
            Why::Unwanted => (Duration::from_millis(500), Duration::from_secs(5)),
            Why::Denied => (Duration::from_mins(1), Duration::from_mins(10)),
        };
        Self {
            why,
            backoff: Backoff::new(first, longest),
            probe: Probe::UnderWay(seq),
            parked: false,
        }
    }

    fn postpone(&mut self, now: Instant, random: f64) {
        self.probe = Probe::Due(now + self.backoff.next(random));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_at_a_time_is_tried_until_the_broker_takes_one() {
        let (mut mutes, start) = (Mutes::default(), Instant::now());
        assert!(mutes.refused("a", 1, Why::Unwanted, start, 1.0), "news");
        assert!(!mutes.refused("a", 2, Why::Unwanted, start, 1.0), "no news");
        assert_eq!(mutes.topics(), ["a"]);
        assert_eq!(mutes.due(start), None);
        let due = mutes.next_probe().unwrap();
        assert_eq!((due - start).as_millis(), 500);
        assert_eq!(mutes.due(due), Some(("a".into(), false)));
        mutes.probing("a", 1);
        assert_eq!((mutes.due(due), mutes.next_probe()), (None, None));

        assert!(!mutes.refused("a", 1, Why::Unwanted, due, 1.0));
        assert_eq!((mutes.next_probe().unwrap() - due).as_millis(), 1000);
        assert_eq!((mutes.accepted("a"), mutes.accepted("a")), (Some(Why::Unwanted), None));
        assert_eq!(mutes.next_probe(), None);
    }

    #[test]
    fn what_was_refused_for_good_is_tried_first_and_what_cannot_be_sent_is_passed_over() {
        let (mut mutes, start) = (Mutes::default(), Instant::now());
        mutes.refused("a", 1, Why::Denied, start, 1.0);
        mutes.refused("a", 2, Why::Denied, start, 1.0);
        let due = mutes.next_probe().unwrap();
        assert_eq!(mutes.due(due), Some(("a".into(), true)));
        mutes.probing("a", 1);
        mutes.skipped("a", 7, due);
        assert_eq!(mutes.next_probe(), None, "another one was not asked for");
        mutes.skipped("a", 1, due);
        let soon = mutes.next_probe().unwrap();
        assert_eq!((soon - due).as_millis(), 200);
        assert_eq!(mutes.due(soon), Some(("a".into(), false)), "once is enough");
        mutes.probing("a", 2);
        mutes.refused("a", 2, Why::Denied, soon, 1.0);
        let again = mutes.next_probe().unwrap();
        assert_eq!(mutes.due(again), Some(("a".into(), true)));
    }

    #[test]
    fn rights_are_remembered_over_connections_and_missing_subscribers_are_not() {
        let (mut mutes, start) = (Mutes::default(), Instant::now());
        mutes.refused("nobody", 1, Why::Unwanted, start, 1.0);
        mutes.refused("forbidden", 2, Why::Denied, start, 1.0);
        mutes.probing("forbidden", 2);
        mutes.reconnected(start, 1.0);
        assert_eq!(mutes.topics(), ["forbidden"]);
        // The probe that was under way when the broker hung up counts as refused once more.
        assert_eq!((mutes.next_probe().unwrap() - start).as_secs(), 120);
        mutes.postpone("forbidden", start, 1.0);
        assert_eq!(mutes.topics(), ["forbidden"], "nothing to try it with proves nothing");
    }
}
