//! What is under way. Pure: told what is queued, sent and acknowledged, it knows which event each answer belongs to.

use std::collections::{BTreeSet, HashMap, VecDeque};

/// Something that was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parcel {
    /// The event of this number.
    Event(u64),
    /// Our status or key.
    Word,
    /// The statement of this version.
    Statement(u64),
}

/// The broker and we do not agree on what was sent; the connection is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the MQTT client lost count of what it sent; the connection is made anew")]
pub(crate) struct Confusion;

/// A bounded number of publishes on one connection.
#[derive(Debug)]
pub(crate) struct Window {
    limit: usize,
    /// Handed to the client, in order, without a packet id yet.
    queued: VecDeque<Parcel>,
    /// By packet id.
    sent: HashMap<u16, Parcel>,
    /// Numbers of all events in `queued` and `sent`.
    events: BTreeSet<u64>,
}

impl Window {
    pub(crate) fn new(limit: u16) -> Self {
        Self {
            limit: usize::from(limit.max(1)),
            queued: VecDeque::new(),
            sent: HashMap::new(),
            events: BTreeSet::new(),
        }
    }

    /// The highest number of all events under way.
    pub(crate) fn last_event(&self) -> Option<u64> {
        self.events.last().copied()
    }

    /// Whether a word of ours is under way.
    pub(crate) fn has_word(&self) -> bool {
        self.queued.contains(&Parcel::Word) || self.sent.values().any(|parcel| *parcel == Parcel::Word)
    }

    /// Whether a statement is under way.
    pub(crate) fn has_statement(&self) -> bool {
        let is_statement = |parcel: &Parcel| matches!(parcel, Parcel::Statement(_));
        self.queued.iter().any(is_statement) || self.sent.values().any(is_statement)
    }

    /// How many more may be queued.
    pub(crate) fn room(&self) -> usize {
        self.limit.saturating_sub(self.queued.len() + self.sent.len())
    }

    /// Whether nothing is under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.queued.is_empty() && self.sent.is_empty()
    }

    /// How many events are under way.
    pub(crate) fn events(&self) -> usize {
        self.events.len()
    }

    /// Whether an event is under way already.
    pub(crate) fn contains(&self, seq: u64) -> bool {
        self.events.contains(&seq)
    }

    /// A publish was handed to the client.
    pub(crate) fn queue(&mut self, parcel: Parcel) {
        if let Parcel::Event(seq) = parcel {
            self.events.insert(seq);
        }
        self.queued.push_back(parcel);
    }

    /// The client has sent the next one under this packet id.
    pub(crate) fn sent(&mut self, packet: u16) -> Result<(), Confusion> {
        let parcel = self.queued.pop_front().ok_or(Confusion)?;
        match self.sent.insert(packet, parcel) {
            None => Ok(()),
            Some(_) => Err(Confusion),
        }
    }

    /// The broker has answered a packet id.
    pub(crate) fn answered(&mut self, packet: u16) -> Result<Parcel, Confusion> {
        let parcel = self.sent.remove(&packet).ok_or(Confusion)?;
        if let Parcel::Event(seq) = parcel {
            self.events.remove(&seq);
        }
        Ok(parcel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_answer_to_nothing_is_noticed() {
        let mut window = Window::new(5);
        assert_eq!(window.sent(1), Err(Confusion));
        window.queue(Parcel::Event(1));
        assert_eq!(window.answered(1), Err(Confusion), "answered before it was sent");
        window.sent(1).unwrap();
        window.queue(Parcel::Event(2));
        assert_eq!(window.sent(1), Err(Confusion), "a packet id that is in use");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// A client that sends in order and a broker that answers in any order: each answer finds its own event.
        #[test]
        fn each_answer_finds_its_own_event(
            limit in 1_u16..20,
            steps in proptest::collection::vec((0_u8..3, any::<prop::sample::Index>()), 1..300),
        ) {
            let mut window = Window::new(limit);
            let (mut seq, mut queue, mut flying) = (0_u64, VecDeque::new(), Vec::<(u16, u64)>::new());
            for (step, which) in steps {
                match step {
                    0 if window.room() > 0 => {
                        seq += 1;
                        window.queue(Parcel::Event(seq));
                        queue.push_back(seq);
                    }
                    1 => if let Some(next) = queue.pop_front() {
                        let packet = (1..=u16::MAX).find(|id| flying.iter().all(|(used, _)| used != id)).unwrap();
                        window.sent(packet).unwrap();
                        flying.push((packet, next));
                    },
                    2 if !flying.is_empty() => {
                        let (packet, expected) = flying.remove(which.index(flying.len()));
                        prop_assert_eq!(window.answered(packet), Ok(Parcel::Event(expected)));
                        prop_assert!(!window.contains(expected));
                    }
                    _ => {}
                }
                prop_assert_eq!(window.events(), queue.len() + flying.len());
                prop_assert!(window.events() <= usize::from(limit));
                prop_assert_eq!(window.is_empty(), queue.is_empty() && flying.is_empty());
            }
        }
    }
}
