//! The box that figures come from, and whether it was quiet enough for them to mean something.

use std::{fs, num::NonZero, thread, time::Duration};

use luchs_report::{Language, optimise::Doubt};
use serde::Serialize;

use super::{spread::rounded, usage};

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    /// CPUs that this process may use.
    pub(crate) cpus: usize,
    /// What the CPU calls itself.
    pub(crate) cpu: String,
    /// How its frequency is governed; None where that is not told (virtual machines).
    pub(crate) governor: Option<String>,
    /// Load average of the last minute, before the run.
    pub(crate) load: f64,
    /// Of all CPU time while measuring, what other programs took.
    pub(crate) others_cpu_percent: f64,
    /// Whether luchs was built with optimisation for release.
    pub(crate) release_build: bool,
    #[serde(skip)]
    begun: Option<Ticks>,
}

/// CPU time since the machine started, in ticks of all CPUs, and of this process.
#[derive(Clone, Copy, Debug)]
struct Ticks {
    busy: u64,
    all: u64,
    own: Duration,
}

/// Ticks a second of /proc/stat, on every Linux that Rust runs on.
const TICK: f64 = 100.0;

impl Machine {
    pub(crate) fn look() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let info = read("/proc/cpuinfo");
        let named = ["model name", "Model", "Hardware"].iter().find_map(|key| {
            let line = info.lines().find(|line| line.starts_with(key))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        let governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
        Self {
            cpus: thread::available_parallelism().map_or(1, NonZero::get),
            cpu: named.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            governor: Some(governor.trim().to_owned()).filter(|name| !name.is_empty()),
            load: read("/proc/loadavg")
                .split_whitespace()
                .next()
                .and_then(|number| number.parse().ok())
                .unwrap_or_default(),
            others_cpu_percent: 0.0,
            release_build: !cfg!(debug_assertions),
            begun: None,
        }
    }

    /// Measuring begins.
    pub(crate) fn begin(&mut self) {
        self.begun = Ticks::now();
    }

    /// Measuring has ended.
    pub(crate) fn end(&mut self) {
        if let (Some(from), Some(to)) = (self.begun, Ticks::now()) {
            let own = to.own.saturating_sub(from.own).as_secs_f64() * TICK;
            let (busy, all) = ((to.busy - from.busy) as f64, (to.all - from.all) as f64);
            let percent = (busy - own).max(0.0) / all.max(1.0) * 100.0;
            self.others_cpu_percent = rounded(percent.min(100.0), 1);
        }
    }

    /// What makes figures of this run doubtful.
    pub(crate) fn doubts(&self) -> Vec<Doubt> {
        let Self { cpus, load, .. } = self;
        let build = (!self.release_build).then_some(Doubt::DevelopmentBuild);
        let load = (*load > *cpus as f64 * 0.25).then_some(Doubt::Load {
            load: *load,
            cores: *cpus as u32,
        });
        let others = (self.others_cpu_percent > 5.0).then_some(Doubt::OtherPrograms {
            share: self.others_cpu_percent / 100.0,
        });
        let governor = self.governor.as_ref().filter(|name| *name != "performance");
        let governor = governor.map(|name| Doubt::Governor { name: name.clone() });
        [build, load, others, governor].into_iter().flatten().collect()
    }

    /// [`Machine::doubts`] as the commands say them.
    pub(crate) fn notes(&self) -> Vec<String> {
        let doubts = self.doubts().into_iter();
        doubts.map(|doubt| doubt.text(Language::English)).collect()
    }
}

impl Ticks {
    fn now() -> Option<Self> {
        let text = fs::read_to_string("/proc/stat").ok()?;
        let line = text.lines().next()?.strip_prefix("cpu ")?;
        // user nice system idle iowait irq softirq steal; guests are counted in user already.
        let counts: Vec<u64> = line.split_whitespace().take(8).filter_map(|n| n.parse().ok()).collect();
        let idle = counts.get(3)? + counts.get(4)?;
        let all = counts.iter().sum::<u64>();
        Some(Self {
            busy: all - idle,
            all,
            own: usage::cpu(),
        })
    }
}
