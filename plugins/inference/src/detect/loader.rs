//! A thread that opens models while another one runs, and lets go of those that are not used any more.

use std::{
    any::Any,
    io,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::lock::lock;

/// Requests that come within this time are one: model, labels and classes are set one after the other.
const TOGETHER: Duration = Duration::from_millis(50);

/// Gets what asks whether a newer job has come in or nobody wants the result any more.
type Job = Box<dyn FnOnce(&dyn Fn() -> bool) + Send>;

/// Runs the newest job. Has a thread only while there is something to do.
#[derive(Default)]
pub(super) struct Loader {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    job: Option<(Job, Instant)>,
    waste: Vec<Box<dyn Any + Send>>,
    running: bool,
    cancelled: bool,
}

impl Loader {
    /// Runs `job` soon, unless a newer one comes before it has begun.
    pub(super) fn request(&self, job: impl FnOnce(&dyn Fn() -> bool) + Send + 'static) -> io::Result<()> {
        self.shared.state().job = Some((Box::new(job), Instant::now()));
        self.wake()
    }

    /// Drops `waste` on the thread: to let go of a session takes longer than a frame. Here, if there is no thread.
    pub(super) fn drop_later(&self, waste: impl Any + Send) {
        self.shared.state().waste.push(Box::new(waste));
        if self.wake().is_err() {
            let waste = std::mem::take(&mut self.shared.state().waste);
            drop(waste);
        }
    }

    /// Forgets the job, or waits for it if it has begun; its result is not wanted.
    pub(super) fn cancel(&self) {
        {
            let mut state = self.shared.state();
            state.job = None;
            state.cancelled = true;
        }
        self.shared.changed.notify_all();
        let thread = lock(&self.thread).take();
        // A job that tells the application may be what stops the element.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            // A panic there has been reported by the panic hook.
            let _ = thread.join();
        }
        self.shared.state().cancelled = false;
    }

    fn wake(&self) -> io::Result<()> {
        let mut state = self.shared.state();
        if !state.running {
            let shared = self.shared.clone();
            let thread = thread::Builder::new()
                .name("luchs-load".into())
                .spawn(move || shared.work())?;
            state.running = true;
            drop(state);
            *lock(&self.thread) = Some(thread);
        }
        self.shared.changed.notify_all();
        Ok(())
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn work(&self) {
        while let Some(job) = self.next() {
            let superseded = || {
                let state = self.state();
                state.job.is_some() || state.cancelled
            };
            // Reported by the panic hook; the next job is another one.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| job(&superseded)));
        }
    }

    /// The next job, when nothing newer has come for a while; None when there is nothing to do.
    fn next(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            let waste = std::mem::take(&mut state.waste);
            if !waste.is_empty() {
                drop(state);
                drop(waste);
                state = self.state();
                continue;
            }
            let Some((_, since)) = &state.job else {
                state.running = false;
                return None;
            };
            let left = TOGETHER.saturating_sub(since.elapsed());
            if left.is_zero() {
                return state.job.take().map(|(job, _)| job);
            }
            state = match self.changed.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{RecvTimeoutError, Sender, channel};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// A job that has begun, goes on until it is superseded, and then says `last`.
    fn begin(loader: &Loader, says: &Sender<&'static str>, last: &'static str) {
        let (begun, has_begun) = channel();
        let says = says.clone();
        loader
            .request(move |superseded| {
                begun.send(()).unwrap();
                while !superseded() {
                    thread::yield_now();
                }
                says.send(last).unwrap();
            })
            .unwrap();
        has_begun.recv_timeout(PATIENCE).unwrap();
    }

    #[test]
    fn of_several_requests_the_last_one_counts() {
        let loader = Loader::default();
        let (sender, results) = channel();
        for number in 0..100 {
            let sender = sender.clone();
            let job = move |_: &dyn Fn() -> bool| sender.send(number).unwrap();
            loader.request(job).unwrap();
        }
        drop(sender);
        assert_eq!(results.recv_timeout(PATIENCE), Ok(99));
        assert_eq!(results.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn a_job_learns_that_a_newer_one_has_come() {
        let loader = Loader::default();
        let (sender, results) = channel();
        begin(&loader, &sender, "superseded");
        loader.request(move |_| sender.send("newer").unwrap()).unwrap();
        assert_eq!(results.recv_timeout(PATIENCE), Ok("superseded"));
        assert_eq!(results.recv_timeout(PATIENCE), Ok("newer"));
    }

    #[test]
    fn cancelling_waits_for_what_has_begun_and_forgets_the_rest() {
        let loader = Loader::default();
        let (sender, results) = channel();
        begin(&loader, &sender, "cancelled");
        loader.cancel();
        assert_eq!(results.try_recv(), Ok("cancelled"));
        let second = sender.clone();
        loader.request(move |_| second.send("never").unwrap()).unwrap();
        loader.cancel();
        drop(sender);
        assert_eq!(results.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn after_a_panic_the_next_job_is_done() {
        let loader = Loader::default();
        let (begun, has_begun) = channel();
        loader
            .request(move |_| {
                begun.send(()).unwrap();
                panic!("a fault for the test")
            })
            .unwrap();
        has_begun.recv_timeout(PATIENCE).unwrap();
        let (sender, results) = channel();
        loader.request(move |_| sender.send(()).unwrap()).unwrap();
        assert_eq!(results.recv_timeout(PATIENCE), Ok(()));
    }

    #[test]
    fn waste_is_dropped() {
        let loader = Loader::default();
        let waste = Arc::new(());
        loader.drop_later(waste.clone());
        let deadline = Instant::now() + PATIENCE;
        while Arc::strong_count(&waste) > 1 {
            assert!(Instant::now() < deadline);
            thread::yield_now();
        }
    }
}
