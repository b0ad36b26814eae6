//! How many events may be under way on this connection. A slow way needs few: what is queued in it delays the answer to
//! the next ping, a connection that seems dead is thrown away, and all that was queued has to be sent again.
//!
//! Additive increase, multiplicative decrease (Chiu and Jain, 1989), by the time that answers take. Pure.

use std::time::Duration;

/// Known to be no burden for any line.
const FIRST: usize = 4;
/// An answer that takes longer is late.
const LATE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Pace {
    limit: usize,
    most: usize,
    /// Answers to events that were sent before the last decrease say nothing new.
    ignore: usize,
}

impl Pace {
    /// Never more than `most`.
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            limit: FIRST.min(most),
            most,
            ignore: 0,
        }
    }

    /// How many may be under way now.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// An event was answered after `took`.
    pub(crate) fn answered(&mut self, took: Duration) {
        if took <= LATE {
            self.limit = (self.limit + 1).min(self.most);
            self.ignore = self.ignore.saturating_sub(1);
        } else if self.ignore > 0 {
            self.ignore -= 1;
        } else {
            self.ignore = self.limit;
            self.limit = (self.limit / 2).max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_with_every_answer_up_to_the_limit() {
        let mut pace = Pace::new(50);
        assert_eq!(pace.limit(), 4);
        for _ in 0..100 {
            pace.answered(Duration::from_millis(30));
        }
        assert_eq!(pace.limit(), 50);
        assert_eq!(Pace::new(1).limit(), 1);
        assert_eq!(Pace::new(0).limit(), 1);
    }

    #[test]
    fn a_slow_way_is_halved_once_for_all_that_was_under_way() {
        let mut pace = Pace::new(50);
        for _ in 0..100 {
            pace.answered(Duration::ZERO);
        }
        for _ in 0..50 {
            pace.answered(Duration::from_secs(3));
        }
        assert_eq!(pace.limit(), 25);
        for _ in 0..1000 {
            pace.answered(Duration::from_secs(3));
        }
        assert_eq!(pace.limit(), 1);
    }
}
