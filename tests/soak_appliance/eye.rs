//! Somebody who looks at the box all the time, through its status and through /proc.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use luchs_appliance::status::{self, CameraState, CameraStatus, Snapshot};
use luchs_scene::Name;

/// How often the status is read. What it says of a frame's age is exact; that a newer one has come, it says up to 0.2 s late.
const LOOK: Duration = Duration::from_millis(50);
/// How often memory and files are noted.
const NOTE: Duration = Duration::from_secs(2);
/// `USER_HZ`, the same on all of Linux.
const TICKS: f64 = 100.0;

/// The process at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Seconds since the beginning.
    pub(crate) at: f64,
    pub(crate) rss: u64,
    pub(crate) files: u64,
    pub(crate) threads: u64,
    /// Seconds of a processor that the box and the whole machine have used, and that there were.
    pub(crate) cpu: [f64; 3],
}

pub(crate) struct Eye {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    over: AtomicBool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    latest: Option<Snapshot>,
    /// Since the window was opened, by camera.
    gaps: BTreeMap<Name, u64>,
    /// Of all times that somebody asked for the status.
    unanswered: u64,
    samples: Vec<Sample>,
}

impl Eye {
    /// Looks at the process `pid`, which tells its status at `socket`.
    pub(crate) fn open(socket: &Path, pid: u32) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let (seen, socket) = (shared.clone(), socket.to_owned());
        let thread = thread::Builder::new()
            .name("eye".into())
            .spawn(move || seen.look(&socket, pid))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// What the box said last.
    pub(crate) fn latest(&self) -> Result<Snapshot> {
        self.shared.seen().latest.clone().context("no status yet")
    }

    pub(crate) fn camera(&self, name: &str) -> Result<CameraStatus> {
        let mut latest = self.latest()?;
        latest
            .cameras
            .remove(&name.parse()?)
            .with_context(|| format!("no camera {name}"))
    }

    /// From now on gaps are measured anew.
    pub(crate) fn open_window(&self) {
        self.shared.seen().gaps.clear();
    }

    /// The longest time since the window was opened that a camera other than this one had no frame, and which.
    pub(crate) fn largest_gap(&self, but: &str) -> (Duration, String) {
        let seen = self.shared.seen();
        let others = seen.gaps.iter().filter(|(name, _)| name.as_str() != but);
        let (name, gap) = others.max_by_key(|(_, gap)| **gap).unzip();
        let name = name.map(ToString::to_string).unwrap_or_default();
        (Duration::from_millis(gap.copied().unwrap_or_default()), name)
    }

    pub(crate) fn samples(&self) -> Vec<Sample> {
        self.shared.seen().samples.clone()
    }

    pub(crate) fn unanswered(&self) -> u64 {
        self.shared.seen().unanswered
    }
}

impl Drop for Eye {
    fn drop(&mut self) {
        self.shared.over.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed.
            drop(thread.join());
        }
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, socket: &Path, pid: u32) {
        let began = Instant::now();
        let mut noted: Option<Instant> = None;
        while !self.over.load(Relaxed) {
            let answer = status::read(socket);
            let mut seen = self.seen();
            match answer {
                Ok(snapshot) => seen.take(snapshot),
                Err(_) => seen.unanswered += 1,
            }
            if noted.is_none_or(|at| at.elapsed() >= NOTE)
                && let Ok(sample) = sample(pid, began)
            {
                noted = Some(Instant::now());
                seen.samples.push(sample);
            }
            drop(seen);
            thread::sleep(LOOK);
        }
    }
}

impl Seen {
    fn take(&mut self, snapshot: Snapshot) {
        for (name, camera) in &snapshot.cameras {
            let most = self.gaps.entry(name.clone()).or_default();
            // One that is not watched has no frames, whenever the last one was; what it waited for says its age.
            if camera.state != CameraState::Stopped {
                *most = (*most).max(camera.frame_age_ms.unwrap_or_default());
            }
        }
        self.latest = Some(snapshot);
    }
}

fn sample(pid: u32, began: Instant) -> Result<Sample> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let number = |key: &str| -> Result<u64> {
        let line = status
            .lines()
            .find(|line| line.starts_with(key))
            .context("no such line")?;
        Ok(line.split_whitespace().nth(1).context("no number")?.parse()?)
    };
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name is in brackets and may hold spaces; utime and stime are the 12th and 13th after it.
    let after = stat.rsplit_once(')').context("no name")?.1;
    let ticks: f64 = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|word| word.parse::<f64>().ok())
        .sum();
    let machine = fs::read_to_string("/proc/stat")?;
    let all: Vec<f64> = machine
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|word| word.parse().ok())
        .collect();
    // idle and iowait
    let idle: f64 = all.iter().skip(3).take(2).sum();
    let whole: f64 = all.iter().sum();
    Ok(Sample {
        at: began.elapsed().as_secs_f64(),
        rss: number("VmRSS")? << 10,
        files: fs::read_dir(format!("/proc/{pid}/fd"))?.count() as u64,
        threads: number("Threads")?,
        cpu: [ticks / TICKS, (whole - idle) / TICKS, whole / TICKS],
    })
}
