//! What this process uses, as the kernel counts it.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use super::spread::rounded;

/// CPU time of all threads so far, user and system.
pub(crate) fn cpu() -> Duration {
    since_start(ClockId::ProcessCPUTime)
}

/// CPU time of this thread so far.
pub(crate) fn thread_cpu() -> Duration {
    since_start(ClockId::ThreadCPUTime)
}

fn since_start(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// Memory of the process, in MiB.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Memory {
    /// Resident.
    pub(crate) rss: f64,
    /// Resident, pages shared with other processes counted in part. None where the kernel does not tell.
    pub(crate) pss: Option<f64>,
    /// The most that was ever resident, start-up included.
    pub(crate) peak: f64,
}

pub(crate) fn memory() -> Memory {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    Memory {
        rss: mebibytes(&status, "VmRSS:").unwrap_or_default(),
        pss: mebibytes(&rollup, "Pss:"),
        peak: mebibytes(&status, "VmHWM:").unwrap_or_default(),
    }
}

/// Resident memory alone, in MiB: cheap enough to be asked often.
pub(crate) fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    mebibytes(&status, "VmRSS:").unwrap_or_default()
}

/// The value of a line such as `VmRSS:  1728 kB`.
fn mebibytes(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(rounded(kibibytes / 1024.0, 2))
}

/// CPU time by thread. Ask often: what a thread did between the last question and its end is not known.
#[derive(Debug, Default)]
pub(crate) struct Threads {
    seen: HashMap<u32, Seen>,
}

#[derive(Debug)]
struct Seen {
    name: String,
    begun: Duration,
    last: Duration,
}

impl Threads {
    /// From now on.
    pub(crate) fn start() -> Self {
        let mut threads = Self::default();
        threads.look(true);
        threads
    }

    /// Looks again.
    pub(crate) fn update(&mut self) {
        self.look(false);
    }

    fn look(&mut self, first: bool) {
        for entry in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // Nanoseconds on a CPU, nanoseconds waiting for one, times that it got one.
            let text = fs::read_to_string(entry.path().join("schedstat")).unwrap_or_default();
            let Some(time) = text.split_whitespace().next().and_then(|number| number.parse().ok()) else {
                continue;
            };
            let time = Duration::from_nanos(time);
            let seen = self.seen.entry(id).or_insert_with(|| Seen {
                name: String::new(),
                begun: if first { time } else { Duration::ZERO },
                last: time,
            });
            // Threads take their names when they have begun already.
            if let Ok(name) = fs::read_to_string(entry.path().join("comm")) {
                name.trim().clone_into(&mut seen.name);
            }
            // A thread may take the number of one that has ended.
            seen.last = time.max(seen.last);
        }
    }

    /// Number of threads and CPU time by name, the busiest first.
    pub(crate) fn by_name(&self) -> Vec<(String, usize, Duration)> {
        let mut names: BTreeMap<&str, (usize, Duration)> = BTreeMap::new();
        for seen in self.seen.values() {
            let of = names.entry(&seen.name).or_default();
            of.0 += 1;
            of.1 += seen.last.saturating_sub(seen.begun);
        }
        let mut list: Vec<_> = names
            .into_iter()
            .map(|(name, (n, time))| (name.to_owned(), n, time))
            .collect();
        list.sort_by_key(|(_, _, time)| std::cmp::Reverse(*time));
        list
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn work_is_counted_for_the_process_and_for_the_thread() {
        let (before, mut threads) = (cpu(), Threads::start());
        let worker = std::thread::Builder::new().name("busy".into()).spawn(|| {
            while thread_cpu() < Duration::from_millis(40) {
                black_box(0);
            }
        });
        let worker = worker.unwrap();
        while !worker.is_finished() {
            threads.update();
            std::thread::yield_now();
        }
        worker.join().unwrap();
        assert!(cpu() >= before + Duration::from_millis(40));
        let names = threads.by_name();
        let busy = names.iter().find(|(name, ..)| name == "busy").unwrap();
        assert!(busy.1 == 1 && busy.2 >= Duration::from_millis(20), "{names:?}");
    }

    #[test]
    fn memory_is_plausible() {
        let memory = memory();
        assert!(memory.rss > 1.0 && memory.peak >= memory.rss * 0.9, "{memory:?}");
        assert_eq!(mebibytes("Name: x\nVmRSS:\t  2048 kB\n", "VmRSS:"), Some(2.0));
        assert_eq!(mebibytes("", "VmRSS:"), None);
    }
}
