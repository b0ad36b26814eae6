//! Workers that take jobs out of a fair queue, one or several at a time.

use std::{
    fmt, io,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::schedule::{FairQueue, StreamId};

/// What workers do.
pub(super) trait Work: fmt::Debug + Send + Sync + 'static {
    /// One of many things to do.
    type Job: fmt::Debug + Send + 'static;
    /// What a worker keeps from job to job.
    type Memory: Default;

    /// Does one job, or several together.
    fn run(&self, jobs: &[Self::Job], memory: &mut Self::Memory);

    /// Nobody will do this job: its worker died.
    fn lost(&self, job: &Self::Job);
}

/// How jobs are put together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batching {
    /// Most jobs at a time; 1 for no batches.
    pub(super) size: usize,
    /// How long a job waits for others.
    pub(super) timeout: Duration,
}

/// Threads that work. They end with it.
#[derive(Debug)]
pub(super) struct Pool<W: Work>(Arc<Shared<W>>);

#[derive(Debug)]
struct Shared<W: Work> {
    work: W,
    batching: Batching,
    queue: Mutex<Queue<W::Job>>,
    arrived: Condvar,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Queue<J> {
    jobs: FairQueue<J>,
    /// Jobs that all streams together may have here at a time.
    places: usize,
    /// Workers.
    alive: usize,
    /// Workers that have not yet begun.
    starting: usize,
    /// Workers at work, and threads that work in the place of one.
    busy: usize,
    closing: bool,
}

impl<W: Work> Pool<W> {
    /// Starts `workers` threads.
    pub(super) fn new(work: W, workers: usize, batching: Batching) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            work,
            batching,
            queue: Mutex::new(Queue {
                jobs: FairQueue::default(),
                places: 0,
                alive: 0,
                starting: 0,
                busy: 0,
                closing: false,
            }),
            arrived: Condvar::new(),
            threads: Mutex::default(),
        });
        let pool = Self(shared);
        for _ in 0..workers.max(1) {
            pool.0.hire()?;
        }
        // A thread's own beginnings cost; they shall not fall into the first frames.
        let starting = |queue: &mut Queue<W::Job>| queue.starting > 0;
        drop(pool.0.arrived.wait_while(pool.0.queue(), starting));
        Ok(pool)
    }

    pub(super) fn work(&self) -> &W {
        &self.0.work
    }

    /// A new stream that has at most `places` jobs here at a time.
    pub(super) fn join(&self, places: usize) -> StreamId {
        let mut queue = self.0.queue();
        queue.places += places;
        queue.jobs.join()
    }

    /// The stream sends no more.
    pub(super) fn leave(&self, stream: StreamId, places: usize) {
        let mut queue = self.0.queue();
        queue.places = queue.places.saturating_sub(places);
        queue.jobs.leave(stream);
        drop(queue);
        // A batch may be as full now as it can get.
        self.0.arrived.notify_all();
    }

    /// Puts a job into the queue. `waits`: the caller will wait for it anyway, so it does it itself in the place of a worker
    /// that is free. What the job reads and writes then stays in one core's cache, and nobody has to be woken.
    pub(super) fn submit(&self, stream: StreamId, job: W::Job, waits: bool) {
        let mut queue = self.0.queue();
        if queue.alive == 0 {
            drop(queue);
            return self.0.work.lost(&job);
        }
        queue.jobs.push(stream, job);
        if waits
            && self.0.batching.size == 1
            && queue.jobs.len() == 1
            && let Some(job) = queue.take()
        {
            drop(queue);
            return self.0.help(&[job]);
        }
        drop(queue);
        self.0.arrived.notify_one();
    }
}

impl<J> Queue<J> {
    /// A job for a worker, or for one who takes the place of a worker.
    fn take(&mut self) -> Option<J> {
        let job = if self.busy < self.alive { self.jobs.pop() } else { None };
        self.busy += usize::from(job.is_some());
        job
    }
}

impl<W: Work> Drop for Pool<W> {
    fn drop(&mut self) {
        self.0.queue().closing = true;
        self.0.arrived.notify_all();
        let threads = std::mem::take(&mut *self.0.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A worker that died has been spoken of already.
            let _ = thread.join();
        }
    }
}

impl<W: Work> Shared<W> {
    fn queue(&self) -> MutexGuard<'_, Queue<W::Job>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts one worker.
    fn hire(self: &Arc<Self>) -> io::Result<()> {
        let shared = Arc::clone(self);
        let mut queue = self.queue();
        queue.alive += 1;
        queue.starting += 1;
        drop(queue);
        let started = thread::Builder::new().name("luchs-infer".to_owned()).spawn(move || {
            let mut desk = Desk {
                jobs: Vec::with_capacity(shared.batching.size),
                shared,
            };
            let mut memory = W::Memory::default();
            desk.shared.queue().starting -= 1;
            desk.shared.arrived.notify_all();
            while desk.shared.take(&mut desk.jobs) {
                desk.shared.work.run(&desk.jobs, &mut memory);
                desk.jobs.clear();
                desk.shared.rest();
            }
        });
        match started {
            Ok(thread) => {
                let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
                threads.retain(|thread| !thread.is_finished());
                threads.push(thread);
                Ok(())
            }
            Err(error) => {
                let mut queue = self.queue();
                queue.alive -= 1;
                queue.starting -= 1;
                Err(error)
            }
        }
    }

    /// Waits for jobs; false when there will be none any more.
    fn take(&self, jobs: &mut Vec<W::Job>) -> bool {
        let mut queue = self.queue();
        loop {
            if let Some(job) = queue.take() {
                jobs.push(job);
                break;
            }
            if queue.closing && queue.jobs.len() == 0 {
                return false;
            }
            queue = self.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let deadline = Instant::now() + self.batching.timeout;
        // More than all places cannot come.
        while jobs.len() < self.batching.size.min(queue.places) {
            if let Some(job) = queue.jobs.pop() {
                jobs.push(job);
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || queue.closing {
                break;
            }
            let waited = self.arrived.wait_timeout(queue, left);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Does jobs on a thread that is no worker's. A fault of theirs is not its fault.
    fn help(&self, jobs: &[W::Job]) {
        let run = || self.work.run(jobs, &mut W::Memory::default());
        if panic::catch_unwind(AssertUnwindSafe(run)).is_err() {
            tracing::error!("a run died; its frame is lost");
            for job in jobs {
                self.work.lost(job);
            }
        }
        self.rest();
    }

    /// The jobs that were taken are done.
    fn rest(&self) {
        let mut queue = self.queue();
        queue.busy = queue.busy.saturating_sub(1);
        let more = queue.jobs.len() > 0;
        drop(queue);
        if more {
            self.arrived.notify_one();
        }
    }
}

/// What a worker has in its hands. If the worker dies, it is put down here and another worker is hired.
struct Desk<W: Work> {
    shared: Arc<Shared<W>>,
    jobs: Vec<W::Job>,
}

impl<W: Work> Drop for Desk<W> {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        tracing::error!("a worker died; its frames are lost, another one takes its place");
        for job in &self.jobs {
            self.shared.work.lost(job);
        }
        let hired = self.shared.hire();
        self.shared.rest();
        let mut queue = self.shared.queue();
        queue.alive -= 1;
        let Err(error) = hired else { return };
        tracing::error!(%error, "no other worker can be started");
        while queue.alive == 0
            && let Some(job) = queue.jobs.pop()
        {
            self.shared.work.lost(&job);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Tells what it does; a job with the name “die” kills its worker.
    #[derive(Debug)]
    struct Telling(Mutex<Sender<String>>);

    impl Work for Telling {
        type Job = &'static str;
        type Memory = usize;

        fn run(&self, jobs: &[&'static str], memory: &mut usize) {
            assert!(!jobs.contains(&"die"), "a fault for the test");
            *memory += 1;
            self.tell(&jobs.join("+"));
        }

        fn lost(&self, job: &&'static str) {
            self.tell(&format!("lost {job}"));
        }
    }

    impl Telling {
        fn tell(&self, what: &str) {
            self.0.lock().unwrap().send(what.to_owned()).unwrap();
        }
    }

    fn pool(workers: usize, size: usize, timeout: Duration) -> (Pool<Telling>, Receiver<String>) {
        let (sender, receiver) = channel();
        let batching = Batching { size, timeout };
        let pool = Pool::new(Telling(Mutex::new(sender)), workers, batching).unwrap();
        (pool, receiver)
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn a_worker_that_dies_loses_its_job_only() {
        let (pool, told) = pool(1, 1, Duration::ZERO);
        let stream = pool.join(4);
        for job in ["a", "die", "b", "die"] {
            pool.submit(stream, job, false);
        }
        let told: Vec<_> = (0..4).map(|_| told.recv_timeout(LONG).unwrap()).collect();
        assert_eq!(told, ["a", "lost die", "b", "lost die"]);
        assert!(pool.0.threads.lock().unwrap().len() <= 2, "threads pile up");
    }

    #[test]
    fn who_waits_does_its_job_itself_and_survives_its_fault() {
        let (pool, told) = pool(1, 1, Duration::ZERO);
        let stream = pool.join(1);
        for job in ["a", "die", "b"] {
            pool.submit(stream, job, true);
        }
        // Nothing to wait for: it is done when it returns.
        assert_eq!(told.try_iter().collect::<Vec<_>>(), ["a", "lost die", "b"]);
        assert_eq!(pool.0.queue().busy, 0);
    }

    #[test]
    fn no_more_jobs_at_a_time_than_workers_whoever_does_them() {
        let counted = Arc::new(Counted::default());
        let batching = Batching {
            size: 1,
            timeout: Duration::ZERO,
        };
        let pool = Pool::new(Arc::clone(&counted), 2, batching).unwrap();
        thread::scope(|scope| {
            for number in 0..6 {
                let pool = &pool;
                let stream = pool.join(50);
                scope.spawn(move || (0..50).for_each(|_| pool.submit(stream, (), number % 2 == 0)));
            }
        });
        drop(pool);
        let seen = counted.0.lock().unwrap();
        assert_eq!((seen.now, seen.all), (0, 300));
        assert!(seen.most <= 2, "{} at a time", seen.most);
    }

    /// Counts jobs, and how many there are at a time.
    #[derive(Debug, Default)]
    struct Counted(Mutex<Count>);

    #[derive(Debug, Default)]
    struct Count {
        now: usize,
        most: usize,
        all: usize,
    }

    impl Work for Arc<Counted> {
        type Job = ();
        type Memory = ();

        fn run(&self, _: &[()], (): &mut ()) {
            let mut count = self.0.lock().unwrap();
            count.now += 1;
            count.most = count.most.max(count.now);
            drop(count);
            thread::yield_now();
            let mut count = self.0.lock().unwrap();
            count.now -= 1;
            count.all += 1;
        }

        fn lost(&self, (): &()) {}
    }

    #[test]
    fn a_batch_goes_when_all_places_are_in_it() {
        let (pool, told) = pool(1, 8, LONG);
        let (one, two) = (pool.join(1), pool.join(1));
        pool.submit(one, "a", false);
        pool.submit(two, "b", false);
        assert_eq!(told.recv_timeout(LONG / 2), Ok("a+b".to_owned()));
        pool.leave(two, 1);
        pool.submit(one, "c", false);
        assert_eq!(told.recv_timeout(LONG / 2), Ok("c".to_owned()));
    }

    #[test]
    fn a_batch_goes_when_it_is_full() {
        let (pool, told) = pool(1, 2, LONG);
        let stream = pool.join(4);
        for job in ["a", "b", "c", "d"] {
            pool.submit(stream, job, false);
        }
        let told: Vec<_> = (0..2).map(|_| told.recv_timeout(LONG / 2).unwrap()).collect();
        assert_eq!(told, ["a+b", "c+d"]);
    }

    #[test]
    fn a_job_waits_for_others_no_longer_than_the_timeout() {
        let (pool, told) = pool(1, 2, Duration::from_millis(20));
        let stream = pool.join(2);
        pool.submit(stream, "alone", false);
        assert_eq!(told.recv_timeout(LONG), Ok("alone".to_owned()));
    }

    #[test]
    fn jobs_in_the_queue_are_done_before_the_workers_go() {
        let (pool, told) = pool(2, 1, Duration::ZERO);
        let stream = pool.join(9);
        (0..9).for_each(|_| pool.submit(stream, "x", false));
        drop(pool);
        assert_eq!(told.try_iter().count(), 9);
    }
}
