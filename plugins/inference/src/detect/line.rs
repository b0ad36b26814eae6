//! The frames that are in the element, in the order in which they came.

use std::collections::VecDeque;

/// However many frames are passed over between two inferences, so many are held at most: decoders have a limited number
/// of buffers.
const MOST: usize = 16;

/// First in, first out. Some frames await an inference, others only those before them.
#[derive(Debug)]
pub(super) struct Line<F> {
    frames: VecDeque<(F, bool)>,
}

impl<F> Line<F> {
    /// Empty; has room for so many without allocating.
    pub(super) fn new() -> Self {
        Self {
            frames: VecDeque::with_capacity(MOST + 1),
        }
    }

    /// `awaits`: an inference.
    pub(super) fn push(&mut self, frame: F, awaits: bool) {
        self.frames.push_back((frame, awaits));
    }

    /// Whether the oldest awaits an inference; None if there is none.
    pub(super) fn oldest_awaits(&self) -> Option<bool> {
        self.frames.front().map(|(_, awaits)| *awaits)
    }

    /// The oldest, and whether it awaits an inference.
    pub(super) fn pop(&mut self) -> Option<(F, bool)> {
        self.frames.pop_front()
    }

    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    pub(super) fn clear(&mut self) {
        self.frames.clear();
    }
}

/// With so many frames in the element the oldest is waited for: as many as `capacity` inferences and the frames that
/// `interval` passes over between them.
pub(super) fn limit(capacity: usize, interval: u32) -> usize {
    let between = capacity.saturating_sub(1).saturating_mul(interval.max(1) as usize - 1);
    capacity.saturating_add(between).min(MOST.max(capacity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_leave_as_they_came() {
        let mut line = Line::new();
        assert_eq!(line.oldest_awaits(), None);
        for (frame, awaits) in [(1, true), (2, false), (3, true)] {
            line.push(frame, awaits);
        }
        assert_eq!((line.len(), line.oldest_awaits()), (3, Some(true)));
        assert_eq!([line.pop(), line.pop()], [Some((1, true)), Some((2, false))]);
        line.clear();
        assert_eq!(line.pop(), None);
    }

    #[test]
    fn one_inference_at_a_time_holds_nothing_back() {
        assert_eq!(limit(1, 1), 1);
        assert_eq!(limit(1, u32::MAX), 1);
        assert_eq!(limit(3, 1), 3);
        // Looked at, passed over, passed over, looked at …
        assert_eq!(limit(3, 3), 7);
        assert_eq!(limit(3, 100), MOST);
        assert_eq!(limit(40, 2), 40);
    }
}
