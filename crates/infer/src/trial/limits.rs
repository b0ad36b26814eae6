//! What a model may use in its trial.

use std::{io, time::Duration};

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, getrlimit, set_dumpable_behavior, set_parent_process_death_signal,
    setrlimit,
};

/// Limits for a file of a size. Real models need a part of them: the memory holds the file, what the runtime reads out of
/// it and what it computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Bytes of address space.
    pub(super) memory: u64,
    /// Seconds of a processor.
    pub(super) cpu: u64,
}

impl Limits {
    /// For a file of `size` bytes.
    pub(super) fn of(size: usize) -> Self {
        let size = size as u64;
        Self {
            memory: (512 << 20) + 4 * size,
            cpu: 3 + size / (4 << 20),
        }
    }

    /// After this the process is ended in any case: others may use processor and disk too, on a box that starts much more so.
    pub(super) fn patience(self) -> Duration {
        Duration::from_secs(10 + 8 * self.cpu)
    }

    /// Binds this process.
    pub(super) fn apply(self) -> io::Result<()> {
        // Nobody would wait for the answer.
        set_parent_process_death_signal(Some(Signal::KILL))?;
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
        rustix::thread::set_no_new_privs(true)?;
        // At the first of two limits of processor time comes a signal that tells them from other ends.
        for (resource, soft, hard) in [
            (Resource::As, self.memory, self.memory),
            (Resource::Cpu, self.cpu, self.cpu + 1),
            (Resource::Core, 0, 0),
            // No file is written.
            (Resource::Fsize, 0, 0),
        ] {
            // We may be limited more already.
            let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
            let limit = Rlimit {
                current: Some(soft.min(most)),
                maximum: Some(hard.min(most)),
            };
            setrlimit(resource, limit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_model_may_use_more_than_a_small_one() {
        let (small, large) = (Limits::of(4 << 10), Limits::of(200 << 20));
        assert_eq!((small.memory >> 20, small.cpu), (512, 3));
        assert_eq!((large.memory >> 20, large.cpu), (1312, 53));
        assert!(small.patience() > Duration::from_secs(small.cpu));
    }
}
