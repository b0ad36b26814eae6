//! The place of one frame in the engine: its memory, and how far its run is.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{EngineError, tensors::Tensors};

/// Filled by its stream, run by a worker, read by its stream; used again for a later frame.
#[derive(Debug)]
pub(crate) struct Slot {
    tensors: Mutex<Tensors>,
    progress: Mutex<Progress>,
    done: Condvar,
}

#[derive(Debug)]
enum Progress {
    Idle,
    Waiting(Instant),
    Done(Result<Ran, EngineError>),
}

/// Where the time of a run went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ran {
    /// Until a worker took it.
    pub(crate) queue: Duration,
    /// In the runtime.
    pub(crate) infer: Duration,
}

impl Slot {
    pub(super) fn new(tensors: Tensors) -> Self {
        Self {
            tensors: Mutex::new(tensors),
            progress: Mutex::new(Progress::Idle),
            done: Condvar::new(),
        }
    }

    /// Its memory. Waits for the worker that has it.
    pub(crate) fn tensors(&self) -> MutexGuard<'_, Tensors> {
        // A worker that died left values behind that are written again before anyone reads them.
        self.tensors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn queued(&self) {
        *self.progress() = Progress::Waiting(Instant::now());
    }

    /// When it was put into the queue.
    pub(super) fn since(&self) -> Option<Instant> {
        match *self.progress() {
            Progress::Waiting(since) => Some(since),
            _ => None,
        }
    }

    pub(super) fn finish(&self, result: Result<Ran, EngineError>) {
        *self.progress() = Progress::Done(result);
        self.done.notify_all();
    }

    /// Whether [`Slot::wait`] would not wait.
    pub(crate) fn is_done(&self) -> bool {
        !matches!(*self.progress(), Progress::Waiting(_))
    }

    /// Waits for the run that was asked for; none is a run that took no time.
    pub(crate) fn wait(&self) -> Result<Ran, EngineError> {
        let waiting = |progress: &mut Progress| matches!(progress, Progress::Waiting(_));
        let mut progress = self
            .done
            .wait_while(self.progress(), waiting)
            .unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *progress, Progress::Idle) {
            Progress::Done(result) => result,
            _ => Ok(Ran::default()),
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
