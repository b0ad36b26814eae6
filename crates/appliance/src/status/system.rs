//! What the box is doing, from the kernel's files.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use super::SystemStatus;

/// What no sensor that works tells.
const PLAUSIBLE_C: std::ops::RangeInclusive<f64> = -40.0..=150.0;

/// Where the kernel's and systemd's files are.
#[derive(Clone, Debug)]
pub struct Roots {
    /// `/proc`
    pub proc: PathBuf,
    /// `/sys`
    pub sys: PathBuf,
    /// `/run`
    pub run: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self {
            proc: "/proc".into(),
            sys: "/sys".into(),
            run: "/run".into(),
        }
    }
}

/// A look at the box; `state` is a path on the disk whose free space matters, which need not exist yet. What cannot be
/// read is left out: a container or a strict unit may hide any of it.
pub fn system(roots: &Roots, state: &Path) -> SystemStatus {
    let cpus = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (clock_synchronised, clock_compared_s) = clock(&roots.run);
    SystemStatus {
        temperature_c: temperature(&roots.sys),
        load: load(&roots.proc).map(|load| load / cpus as f64),
        cpus: cpus as u64,
        rss_bytes: resident(&roots.proc).unwrap_or_default(),
        open_files: fs::read_dir(roots.proc.join("self/fd")).map_or(0, |entries| entries.count() as u64),
        disk_free_bytes: disk_free(state),
        clock_synchronised,
        clock_compared_s,
    }
}

fn temperature(sys: &Path) -> Option<f64> {
    let zones = fs::read_dir(sys.join("class/thermal")).ok()?;
    zones
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("thermal_zone"))
        .filter_map(|entry| fs::read_to_string(entry.path().join("temp")).ok())
        .filter_map(|text| text.trim().parse::<f64>().ok())
        .map(|millis| millis / 1000.0)
        .filter(|celsius| PLAUSIBLE_C.contains(celsius))
        .reduce(f64::max)
}

fn load(proc: &Path) -> Option<f64> {
    let text = fs::read_to_string(proc.join("loadavg")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn resident(proc: &Path) -> Option<u64> {
    let text = fs::read_to_string(proc.join("self/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

fn disk_free(state: &Path) -> Option<u64> {
    let disk = state.ancestors().find_map(|path| rustix::fs::statvfs(path).ok())?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// systemd-timesyncd touches the file whenever it has compared the time with a server's. Whether another service keeps the
/// time is not known, nor by how much it is off: adjtimex(2) would tell, but the hardened unit forbids it, as it also sets clocks.
fn clock(run: &Path) -> (Option<bool>, Option<u64>) {
    let folder = run.join("systemd/timesync");
    if !folder.is_dir() {
        return (None, None);
    }
    let touched = fs::metadata(folder.join("synchronized")).and_then(|file| file.modified());
    let age = touched.as_ref().ok().and_then(|at| at.elapsed().ok());
    (Some(touched.is_ok()), age.map(|age| age.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Roots) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let at = |name: &str| root.path().join(name);
        let roots = Roots {
            proc: at("proc"),
            sys: at("sys"),
            run: at("run"),
        };
        (root, roots)
    }

    #[test]
    fn the_hottest_zone_counts_and_broken_sensors_do_not() {
        let (root, roots) = tree(&[
            ("sys/class/thermal/thermal_zone0/temp", "48000\n"),
            ("sys/class/thermal/thermal_zone1/temp", "61500\n"),
            ("sys/class/thermal/thermal_zone2/temp", "-274000\n"),
            ("sys/class/thermal/thermal_zone3/temp", "255000\n"),
            ("sys/class/thermal/cooling_device0/temp", "99000\n"),
            ("proc/loadavg", "3.00 1.00 0.50 1/100 4711\n"),
            ("proc/self/status", "Name:\tluchs\nVmRSS:\t  402432 kB\nThreads: 9\n"),
            ("proc/self/fd/0", ""),
            ("proc/self/fd/1", ""),
            ("run/systemd/timesync/synchronized", ""),
        ]);
        let status = system(&roots, &root.path().join("not/yet/there"));
        assert_eq!(status.temperature_c, Some(61.5));
        assert_eq!(status.load, Some(3.0 / status.cpus as f64));
        assert_eq!(status.rss_bytes, 402_432 * 1024);
        assert_eq!(status.open_files, 2);
        assert!(status.disk_free_bytes.is_some());
        assert_eq!(status.clock_synchronised, Some(true));
        assert!(status.clock_compared_s.is_some_and(|age| age < 60));
    }

    #[test]
    fn what_is_hidden_is_left_out() {
        let (root, roots) = tree(&[]);
        let status = system(&roots, root.path());
        assert_eq!(
            (status.temperature_c, status.load, status.clock_synchronised),
            (None, None, None)
        );
        let (_root, roots) = tree(&[("run/systemd/timesync/other", "")]);
        let status = system(&roots, Path::new("/"));
        assert_eq!(
            (status.clock_synchronised, status.clock_compared_s),
            (Some(false), None)
        );
    }

    #[test]
    fn this_process_sees_itself() {
        let status = system(&Roots::default(), Path::new("/"));
        assert!(status.rss_bytes > 1 << 20, "{status:?}");
        assert!(status.open_files >= 3, "{status:?}");
    }
}
