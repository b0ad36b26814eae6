//! Topics that the broker does not want events on at present, because nobody subscribes or a quota is used up. Each is
//! tried with one event now and then; the others go on meanwhile.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use crate::backoff::Backoff;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(crate) struct Mutes(HashMap<String, Mute>);

#[derive(Debug)]
struct Mute {
    backoff: Backoff,
    probe: Probe,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    Due(Instant),
    UnderWay(u64),
}

impl Mutes {
    /// The broker did not want event `seq` on `topic`. True if the topic was not muted before.
    pub(crate) fn refused(&mut self, topic: &str, seq: u64, now: Instant, random: f64) -> bool {
        let new = !self.0.contains_key(topic);
        let mute = self.0.entry(topic.to_owned()).or_insert_with(|| Mute {
            backoff: Backoff::new(FIRST, LONGEST),
            probe: Probe::UnderWay(seq),
        });
        // Others that were under way at the same time say nothing new.
        if mute.probe == Probe::UnderWay(seq) {
            mute.probe = Probe::Due(now + mute.backoff.next(random));
        }
        new
    }

    /// The broker took an event on `topic`. True if the topic was muted.
    pub(crate) fn accepted(&mut self, topic: &str) -> bool {
        self.0.remove(topic).is_some()
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

    /// A topic to be tried now.
    pub(crate) fn due(&self, now: Instant) -> Option<String> {
        let due = |mute: &Mute| matches!(mute.probe, Probe::Due(at) if at <= now);
        self.0
            .iter()
            .find(|(_, mute)| due(mute))
            .map(|(topic, _)| topic.clone())
    }

    /// A topic is being tried with event `seq`.
    pub(crate) fn probing(&mut self, topic: &str, seq: u64) {
        if let Some(mute) = self.0.get_mut(topic) {
            mute.probe = Probe::UnderWay(seq);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_at_a_time_is_tried_until_the_broker_takes_one() {
        let (mut mutes, start) = (Mutes::default(), Instant::now());
        assert!(mutes.refused("a", 1, start, 1.0), "news");
        assert!(!mutes.refused("a", 2, start, 1.0), "no news");
        assert_eq!(mutes.topics(), ["a"]);
        assert_eq!(mutes.due(start), None);
        let due = mutes.next_probe().unwrap();
        assert_eq!((due - start).as_millis(), 500);
        assert_eq!(mutes.due(due), Some("a".into()));
        mutes.probing("a", 1);
        assert_eq!((mutes.due(due), mutes.next_probe()), (None, None));

        assert!(!mutes.refused("a", 1, due, 1.0));
        assert_eq!((mutes.next_probe().unwrap() - due).as_millis(), 1000);
        assert!(mutes.accepted("a") && !mutes.accepted("a"));
        assert_eq!(mutes.next_probe(), None);
    }
}
