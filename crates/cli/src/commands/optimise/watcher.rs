//! A bar at a terminal; a line for each step elsewhere.

use std::{
    cell::{Cell, RefCell},
    fs,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use luchs_infer::runtime_version;
use luchs_optimise::{
    estimate::{Step, about},
    run::Watch,
};

use crate::{
    bench::{Stop, machine::Machine},
    output::note,
};

/// How often the bar moves at most.
const TICK: Duration = Duration::from_millis(100);

pub(super) struct Watcher {
    stop: Stop,
    bar: ProgressBar,
    moved: Cell<Option<Instant>>,
    machine: RefCell<Machine>,
}

impl Watcher {
    pub(super) fn new(stop: Stop) -> Self {
        let bar = ProgressBar::new(1000);
        if let Ok(style) = ProgressStyle::with_template("{msg:20} {bar:30} {percent:>3} %  {prefix}") {
            bar.set_style(style);
        }
        Self {
            stop,
            bar,
            moved: Cell::new(None),
            machine: RefCell::new(Machine::look()),
        }
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// A line that stays, above the bar if there is one.
    fn say(&self, text: &str) {
        if self.bar.is_hidden() {
            note(text);
        } else {
            self.bar.println(luchs_scene::printable(text));
        }
    }
}

fn name(step: Step) -> &'static str {
    match step {
        Step::Environment => "Python",
        Step::Footage => "footage",
        Step::CleanUp => "clean-up",
        Step::Calibration => "calibration",
        Step::Sensitivity => "sensitivity",
        Step::Candidates => "candidates",
        Step::Accuracy => "accuracy",
        Step::Speed => "speed",
        Step::Report => "report",
    }
}

impl Watch for Watcher {
    fn begins(&self, step: Step) {
        if step == Step::Speed {
            self.machine.borrow_mut().begin();
        }
        self.bar.set_position(0);
        self.bar.set_message(name(step));
        self.moved.set(None);
    }

    fn at(&self, _step: Step, part: f64, left: Duration) {
        if self.moved.get().is_some_and(|moved| moved.elapsed() < TICK) {
            return;
        }
        self.moved.set(Some(Instant::now()));
        self.bar.set_position((part.clamp(0.0, 1.0) * 1000.0) as u64);
        self.bar.set_prefix(format!("{} to go", about(left)));
    }

    fn ends(&self, step: Step, took: Duration) {
        if step == Step::Speed {
            self.machine.borrow_mut().end();
        }
        self.say(&format!("{:<12} {:>6.1} s", name(step), took.as_secs_f64()));
    }

    fn note(&self, text: &str) {
        self.say(text);
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_wanted()
    }

    fn machine(&self) -> luchs_report::optimise::Machine {
        let machine = self.machine.borrow();
        // It has run models: it is there, if it tells its version or not.
        let version = runtime_version().unwrap_or_default();
        luchs_report::optimise::Machine {
            cpu: machine.cpu.clone(),
            cores: machine.cpus as u32,
            memory_bytes: memory(),
            runtime: format!("ONNX Runtime {}", version.unwrap_or_default()),
            doubts: machine.doubts(),
        }
    }
}

/// Main memory in bytes.
fn memory() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kibibytes: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kibibytes.unwrap_or_default() * 1024
}
