//! From the arrival of a frame to the commit of its events, seen from outside `luchspublish`.
//!
//! Its statistics count events handed in, which is done before a frame leaves it, and events committed. The events of a
//! frame are committed when the second count has reached what the first was after that frame.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use gst::prelude::*;

use super::{
    probes::{LOOK, on_buffers},
    span::Span,
};

pub(super) struct Commits {
    inner: Mutex<Inner>,
    over: AtomicBool,
}

#[derive(Debug, Default)]
struct Inner {
    handed_in: u64,
    /// How many events there were after a frame that had some, and when it had arrived.
    waiting: VecDeque<(u64, Instant)>,
    times: Vec<Duration>,
}

impl Commits {
    /// Watches `publisher`, whose frames arrive at `origin` and leave by `src`.
    pub(super) fn watch(origin: &gst::Pad, publisher: &gst::Element, src: &gst::Pad) -> Arc<Self> {
        let commits = Arc::new(Self {
            inner: Mutex::new(Inner {
                handed_in: count(publisher, "events-submitted"),
                ..Inner::default()
            }),
            over: AtomicBool::new(false),
        });
        let under_way = Arc::new(Span::default());
        let arriving = Arc::clone(&under_way);
        on_buffers(origin, move |stamp| arriving.enter(stamp, Instant::now()));
        let (leaving, element) = (Arc::clone(&commits), publisher.clone());
        on_buffers(src, move |stamp| {
            let arrived = stamp.and_then(|stamp| under_way.entered(stamp));
            under_way.leave(stamp, Instant::now());
            leaving.left(count(&element, "events-submitted"), arrived);
        });
        let (looking, element) = (Arc::downgrade(&commits), publisher.downgrade());
        // Not joined: it ends with what it looks at.
        drop(std::thread::Builder::new().name("commits".into()).spawn(move || {
            while let (Some(commits), Some(element)) = (looking.upgrade(), element.upgrade()) {
                if commits.over.load(Ordering::Relaxed) {
                    break;
                }
                commits.committed(count(&element, "events-sealed"), Instant::now());
                drop((commits, element));
                std::thread::park_timeout(LOOK);
            }
        }));
        commits
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A frame has left, and so many events were handed in up to then.
    fn left(&self, handed_in: u64, arrived: Option<Instant>) {
        let mut inner = self.inner();
        if handed_in > inner.handed_in
            && let Some(arrived) = arrived
        {
            inner.waiting.push_back((handed_in, arrived));
        }
        inner.handed_in = handed_in;
    }

    /// So many events are committed.
    fn committed(&self, count: u64, now: Instant) {
        let mut inner = self.inner();
        while let Some((needed, arrived)) = inner.waiting.front().copied()
            && needed <= count
        {
            inner.waiting.pop_front();
            inner.times.push(now - arrived);
        }
    }

    pub(super) fn reset(&self) {
        self.inner().times.clear();
    }

    /// The times, of frames that had events; the last.
    pub(super) fn finish(&self) -> Vec<Duration> {
        self.over.store(true, Ordering::Relaxed);
        std::mem::take(&mut self.inner().times)
    }
}

fn count(publisher: &gst::Element, name: &str) -> u64 {
    let stats = publisher.property::<Option<gst::Structure>>("stats");
    stats.and_then(|stats| stats.get(name).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_waits_until_all_its_events_are_committed() {
        let commits = Commits {
            inner: Mutex::default(),
            over: AtomicBool::new(false),
        };
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        commits.left(0, Some(at(0)));
        commits.left(2, Some(at(10)));
        commits.left(3, Some(at(20)));
        commits.committed(1, at(25));
        assert!(commits.inner().times.is_empty());
        commits.committed(2, at(30));
        commits.committed(3, at(31));
        assert_eq!(commits.finish(), [Duration::from_millis(20), Duration::from_millis(11)]);
    }
}
