//! Which statement goes next on a connection: what was not stated on it yet, and is not held back because the broker
//! refused it. Pure: told what happens, and the time.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::retained::{Retained, Statement};

/// How long a topic that the broker refuses is left alone.
const HOLD: Duration = Duration::from_mins(5);
/// Connections in a row that may end over a topic. Some brokers hang up on what they refuse.
const BREAKS: u32 = 3;
/// Topics that are remembered at most. Beyond that all are forgotten, which costs no more than saying things again.
const MEMORY: usize = 1024;

/// What is remembered from one connection to the next.
#[derive(Debug, Default)]
pub(crate) struct Refusals(HashMap<Arc<str>, Refusal>);

#[derive(Debug, Default)]
struct Refusal {
    /// Until then it is not tried.
    hold: Option<Instant>,
    /// Connections in a row that ended while it was under way.
    breaks: u32,
}

/// What was stated on one connection.
#[derive(Debug, Default)]
pub(crate) struct Stated {
    versions: HashMap<Arc<str>, u64>,
    under_way: Vec<Statement>,
    /// When nothing was left to state, up to this version.
    done: Option<u64>,
}

impl Refusals {
    /// The broker took it. True if it had refused it before for long enough to be told.
    pub(crate) fn lift(&mut self, statement: &Statement) -> bool {
        let refusal = self.0.remove(&statement.topic);
        refusal.is_some_and(|refusal| refusal.hold.is_some())
    }

    fn holds(&self, topic: &str, now: Instant) -> bool {
        let hold = self.0.get(topic).and_then(|refusal| refusal.hold);
        hold.is_some_and(|until| until > now)
    }

    /// When something that is held back now is to be tried again.
    pub(crate) fn next(&self, now: Instant) -> Option<Instant> {
        let holds = self.0.values().filter_map(|refusal| refusal.hold);
        holds.filter(|until| *until > now).min()
    }

    /// The broker said no, or it cannot be sent.
    pub(crate) fn refused(&mut self, topic: &Arc<str>, now: Instant) {
        if self.0.len() >= MEMORY {
            self.0.clear();
        }
        self.0.entry(topic.clone()).or_default().hold = Some(now + HOLD);
    }

    /// The connection ended. The topics that are left alone from now on, as it was one too many that ended over them.
    pub(crate) fn broken(&mut self, stated: &Stated, now: Instant) -> Vec<Arc<str>> {
        let mut given_up = Vec::new();
        for Statement { topic, .. } in &stated.under_way {
            let refusal = self.0.entry(topic.clone()).or_default();
            refusal.breaks += 1;
            if refusal.breaks >= BREAKS {
                *refusal = Refusal {
                    hold: Some(now + HOLD),
                    breaks: 0,
                };
                given_up.push(topic.clone());
            }
        }
        given_up
    }
}

impl Stated {
    /// What is to be stated next, if anything.
    pub(crate) fn next(&mut self, retained: &Retained, refusals: &Refusals, now: Instant) -> Option<Statement> {
        let version = retained.version();
        if self.done == Some(version) && refusals.0.is_empty() {
            return None;
        }
        let next = retained.first(|statement| {
            let said = self.versions.get(&statement.topic).copied().unwrap_or(0);
            said < statement.version && !refusals.holds(&statement.topic, now)
        });
        if next.is_none() {
            self.done = Some(version);
        }
        next
    }

    /// It was handed to the client.
    pub(crate) fn sent(&mut self, statement: Statement) {
        if self.versions.len() >= MEMORY {
            self.versions.clear();
        }
        self.versions.insert(statement.topic.clone(), statement.version);
        self.under_way.push(statement);
    }

    /// The broker has answered; what it answered to.
    pub(crate) fn answered(&mut self, version: u64) -> Option<Statement> {
        let at = self
            .under_way
            .iter()
            .position(|statement| statement.version == version)?;
        Some(self.under_way.swap_remove(at))
    }

    /// It was not taken, and is to be stated again.
    pub(crate) fn withdraw(&mut self, statement: &Statement) {
        self.versions.remove(&statement.topic);
        self.done = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic_of(statement: Option<Statement>) -> Option<String> {
        statement.map(|statement| statement.topic.to_string())
    }

    #[test]
    fn each_connection_states_everything_once_and_what_changes_again() {
        let retained = Retained::new("luchs/box".into());
        let (refusals, now) = (Refusals::default(), Instant::now());
        for topic in ["a", "b"] {
            retained.set(topic, Some(b"1")).unwrap();
        }
        for _ in 0..2 {
            let mut stated = Stated::default();
            let mut said = Vec::new();
            while let Some(next) = stated.next(&retained, &refusals, now) {
                said.push(next.topic.to_string());
                stated.sent(next.clone());
                assert_eq!(stated.answered(next.version), Some(next));
            }
            assert_eq!(said, ["a", "b"]);
        }
        let mut stated = Stated::default();
        while let Some(next) = stated.next(&retained, &refusals, now) {
            stated.sent(next);
        }
        retained.set("a", Some(b"2")).unwrap();
        assert_eq!(topic_of(stated.next(&retained, &refusals, now)), Some("a".into()));
    }

    #[test]
    fn what_is_refused_is_left_alone_for_a_while_and_the_others_are_not() {
        let retained = Retained::new("luchs/box".into());
        let (mut refusals, mut stated, now) = (Refusals::default(), Stated::default(), Instant::now());
        retained.set("a", Some(b"1")).unwrap();
        retained.set("b", Some(b"1")).unwrap();
        let first = stated.next(&retained, &refusals, now).unwrap();
        stated.sent(first.clone());
        refusals.refused(&first.topic, now);
        stated.withdraw(&first);
        assert_eq!(topic_of(stated.next(&retained, &refusals, now)), Some("b".into()));
        let second = stated.next(&retained, &refusals, now).unwrap();
        stated.sent(second);
        assert_eq!(stated.next(&retained, &refusals, now), None);
        let later = refusals.next(now).unwrap();
        assert_eq!(later, now + HOLD);
        assert_eq!(topic_of(stated.next(&retained, &refusals, later)), Some("a".into()));
        assert!(refusals.lift(&first), "that it is taken again is news");
        assert_eq!(refusals.next(now), None);
    }

    #[test]
    fn a_topic_over_which_the_broker_hangs_up_three_times_is_left_alone() {
        let retained = Retained::new("luchs/box".into());
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        retained.set("a", Some(b"1")).unwrap();
        for last in [false, false, true] {
            let mut stated = Stated::default();
            let next = stated.next(&retained, &refusals, now).unwrap();
            stated.sent(next);
            let given_up = refusals.broken(&stated, now);
            assert_eq!(given_up.len(), usize::from(last), "it is told when that begins");
        }
        assert_eq!(Stated::default().next(&retained, &refusals, now), None);
        assert!(Stated::default().next(&retained, &refusals, now + HOLD).is_some());
    }
}
