//! Drafts in their order, of which the least important can be given up first.

use std::{collections::VecDeque, time::Instant};

use luchs_scene::{Draft, event::Priority};

/// One line for each priority; the tickets tell the order among all.
#[derive(Debug, Default)]
pub(super) struct Queue {
    lines: [VecDeque<Waiting>; Priority::ALL.len()],
    next_ticket: u64,
}

#[derive(Debug)]
struct Waiting {
    ticket: u64,
    /// When what it tells came about.
    arrived: Instant,
    draft: Draft,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.lines.iter().map(VecDeque::len).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.iter().all(VecDeque::is_empty)
    }

    pub(super) fn push(&mut self, draft: Draft, arrived: Instant) {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        if let Some(line) = self.lines.get_mut(draft.kind.priority() as usize) {
            line.push_back(Waiting { ticket, arrived, draft });
        }
    }

    /// The next one in order.
    pub(super) fn pop(&mut self) -> Option<(Draft, Instant)> {
        let first = |line: &VecDeque<Waiting>| line.front().map(|waiting| waiting.ticket);
        let lines = self.lines.iter_mut().filter(|line| !line.is_empty());
        let waiting = lines.min_by_key(|line| first(line))?.pop_front()?;
        Some((waiting.draft, waiting.arrived))
    }

    /// The oldest of the least priority.
    pub(super) fn give_up(&mut self) -> Option<Draft> {
        let line = self.lines.iter_mut().find(|line| !line.is_empty())?;
        Some(line.pop_front()?.draft)
    }
}
