//! How many threads one session gets when nobody says.

use std::{collections::HashSet, fs, num::NonZero, thread};

/// The number of physical cores that this process may use: hyper-threads share the vector units that convolutions fill.
pub fn default_threads() -> usize {
    let allowed = thread::available_parallelism().map_or(1, NonZero::get);
    physical_cores().map_or(allowed, |cores| cores.min(allowed)).max(1)
}

/// Distinct sets of sibling threads; None where the kernel does not tell.
fn physical_cores() -> Option<usize> {
    let siblings = fs::read_dir("/sys/devices/system/cpu")
        .ok()?
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("topology/thread_siblings_list")).ok());
    let cores = siblings.collect::<HashSet<_>>().len();
    (cores > 0).then_some(cores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_at_least_one_thread_and_no_more_than_cpus() {
        let cpus = thread::available_parallelism().map_or(1, NonZero::get);
        assert!((1..=cpus).contains(&default_threads()));
    }
}
