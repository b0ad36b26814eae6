//! How long frames take from one pad to another, told by their time stamps.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// More than any queue holds; older frames have been dropped.
const MOST: usize = 1024;

/// From one pad to another.
#[derive(Debug, Default)]
pub(super) struct Span(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    under_way: VecDeque<(u64, Instant)>,
    counts: Counts,
    times: Vec<Duration>,
}

/// Frames that came in, came out, and were passed by a later one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) entered: u64,
    pub(super) left: u64,
    pub(super) dropped: u64,
}

impl Span {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A frame passes the first pad.
    pub(super) fn enter(&self, stamp: Option<u64>, now: Instant) {
        let mut inner = self.inner();
        inner.counts.entered += 1;
        if let Some(stamp) = stamp {
            if inner.under_way.len() == MOST {
                inner.under_way.pop_front();
                inner.counts.dropped += 1;
            }
            inner.under_way.push_back((stamp, now));
        }
    }

    /// A frame passes the second pad. Pictures keep their order, so earlier ones that have not come will not.
    pub(super) fn leave(&self, stamp: Option<u64>, now: Instant) {
        let mut inner = self.inner();
        inner.counts.left += 1;
        let place = stamp.and_then(|stamp| inner.under_way.iter().position(|(of, _)| *of == stamp));
        if let Some(place) = place {
            inner.counts.dropped += place as u64;
            let entered = inner.under_way.drain(..=place).next_back();
            inner.times.extend(entered.map(|(_, entered)| now - entered));
        }
    }

    /// When the frame with this stamp came in, while it is under way.
    pub(super) fn entered(&self, stamp: u64) -> Option<Instant> {
        let inner = self.inner();
        inner
            .under_way
            .iter()
            .find(|(of, _)| *of == stamp)
            .map(|(_, entered)| *entered)
    }

    /// Begins to count anew; what is under way stays.
    pub(super) fn reset(&self) {
        let mut inner = self.inner();
        inner.counts = Counts::default();
        inner.times.clear();
    }

    /// What there was since.
    pub(super) fn take(&self) -> (Counts, Vec<Duration>) {
        let mut inner = self.inner();
        (inner.counts, std::mem::take(&mut inner.times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_by_their_stamps_and_those_left_behind_are_dropped() {
        let (span, start) = (Span::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        for frame in 0..4 {
            span.enter(Some(frame * 40), at(frame));
        }
        assert_eq!(span.entered(80), Some(at(2)));
        span.leave(Some(0), at(10));
        span.leave(Some(120), at(13));
        let (counts, times) = span.take();
        assert_eq!(times, [Duration::from_millis(10), Duration::from_millis(10)]);
        assert_eq!((counts.entered, counts.left, counts.dropped), (4, 2, 2));
    }

    #[test]
    fn frames_without_a_stamp_or_with_another_are_counted_only() {
        let (span, now) = (Span::default(), Instant::now());
        span.enter(None, now);
        span.leave(None, now);
        span.leave(Some(7), now);
        let (counts, times) = span.take();
        assert_eq!((counts.entered, counts.left, counts.dropped, times.len()), (1, 2, 0, 0));
        span.reset();
        assert_eq!(span.take().0, Counts::default());
    }
}
