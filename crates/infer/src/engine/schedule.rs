//! Whose turn it is: start-time fair queueing (Goyal, Vin and Cheng 1996) with every job costing one.
//!
//! Each stream has a virtual clock that advances by one with each job; the job with the earliest start is next. A stream
//! that sends many jobs does not push back one that sends few, and one that was silent gains nothing from its silence.

/// A stream's number in a [`FairQueue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StreamId(usize);

/// Jobs of many streams. Keeps its memory.
#[derive(Debug)]
pub(super) struct FairQueue<T> {
    waiting: Vec<Entry<T>>,
    /// Per stream when its next job may start; None for a number that is free.
    streams: Vec<Option<u64>>,
    clock: u64,
    arrivals: u64,
}

#[derive(Debug)]
struct Entry<T> {
    start: u64,
    arrival: u64,
    job: T,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self {
            waiting: Vec::new(),
            streams: Vec::new(),
            clock: 0,
            arrivals: 0,
        }
    }
}

impl<T> FairQueue<T> {
    /// A new stream.
    pub(super) fn join(&mut self) -> StreamId {
        let start = Some(self.clock);
        if let Some(free) = self.streams.iter().position(Option::is_none) {
            self.streams[free] = start;
            return StreamId(free);
        }
        self.streams.push(start);
        StreamId(self.streams.len() - 1)
    }

    /// The stream sends no more; what it has sent stays.
    pub(super) fn leave(&mut self, StreamId(stream): StreamId) {
        if let Some(start) = self.streams.get_mut(stream) {
            *start = None;
        }
    }

    /// Adds a job.
    pub(super) fn push(&mut self, StreamId(stream): StreamId, job: T) {
        let mut start = self.clock;
        if let Some(Some(next)) = self.streams.get_mut(stream) {
            start = start.max(*next);
            *next = start + 1;
        }
        self.arrivals += 1;
        self.waiting.push(Entry {
            start,
            arrival: self.arrivals,
            job,
        });
    }

    /// Jobs that wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The job whose turn it is.
    pub(super) fn pop(&mut self) -> Option<T> {
        let next = (0..self.waiting.len()).min_by_key(|&index| {
            let entry = &self.waiting[index];
            (entry.start, entry.arrival)
        })?;
        let entry = self.waiting.swap_remove(next);
        self.clock = entry.start;
        Some(entry.job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(queue: &mut FairQueue<&'static str>) -> String {
        std::iter::from_fn(|| queue.pop()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_stream_that_sends_much_does_not_push_back_one_that_sends_little() {
        let mut queue = FairQueue::default();
        let (greedy, modest) = (queue.join(), queue.join());
        for job in ["g1", "g2", "g3", "g4"] {
            queue.push(greedy, job);
        }
        queue.push(modest, "m1");
        assert_eq!(drain(&mut queue), "g1 m1 g2 g3 g4");
    }

    #[test]
    fn jobs_of_one_stream_keep_their_order_and_streams_take_turns() {
        let mut queue = FairQueue::default();
        let (a, b) = (queue.join(), queue.join());
        for (stream, job) in [(a, "a1"), (a, "a2"), (b, "b1"), (a, "a3"), (b, "b2"), (b, "b3")] {
            queue.push(stream, job);
        }
        assert_eq!(drain(&mut queue), "a1 b1 a2 b2 a3 b3");
    }

    #[test]
    fn silence_gains_nothing() {
        let mut queue = FairQueue::default();
        let (steady, silent) = (queue.join(), queue.join());
        for _ in 0..100 {
            queue.push(steady, "s");
            assert_eq!(queue.pop(), Some("s"));
        }
        for job in ["n1", "n2", "n3"] {
            queue.push(silent, job);
        }
        for job in ["s1", "s2", "s3"] {
            queue.push(steady, job);
        }
        assert_eq!(drain(&mut queue), "n1 n2 s1 n3 s2 s3");
    }

    #[test]
    fn whoever_joins_late_or_takes_a_freed_place_waits_no_longer_than_others() {
        let mut queue = FairQueue::default();
        let (stays, leaves) = (queue.join(), queue.join());
        for _ in 0..10 {
            queue.push(stays, "x");
            queue.push(leaves, "x");
        }
        drain(&mut queue);
        queue.leave(leaves);
        let newcomer = queue.join();
        assert_eq!(newcomer, leaves);
        queue.push(stays, "s1");
        queue.push(stays, "s2");
        queue.push(newcomer, "n1");
        assert_eq!(drain(&mut queue), "n1 s1 s2");
    }
}
