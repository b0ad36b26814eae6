//! Who is told how it goes, and asked whether it shall go on.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use luchs_report::optimise::{Machine, Stage, StageTime};

use crate::{
    estimate::{Estimate, Step},
    tool::Control,
};

/// Who is told how it goes, and asked. All of it on the thread that works.
pub trait Watch {
    /// `step` begins.
    fn begins(&self, step: Step);
    /// So much of it is done (0 to 1), and so long will all that is ahead take.
    fn at(&self, step: Step, part: f64, left: Duration);
    /// `step` is done after so long.
    fn ends(&self, step: Step, took: Duration);
    /// Something that a person should know.
    fn note(&self, text: &str);
    /// Whether the person wants no more.
    fn is_stopped(&self) -> bool;
    /// What this box is, and what made times doubtful since [`Step::Speed`] began.
    fn machine(&self) -> Machine;
}

/// The time that steps take.
pub(super) struct Clock<'a> {
    watch: &'a dyn Watch,
    estimate: RefCell<Estimate>,
    took: RefCell<Vec<(Step, Duration)>>,
}

impl<'a> Clock<'a> {
    pub(super) fn new(watch: &'a dyn Watch, plan: Vec<(Step, Duration)>) -> Self {
        Self {
            watch,
            estimate: RefCell::new(Estimate::new(plan)),
            took: RefCell::default(),
        }
    }

    pub(super) fn watch(&self) -> &'a dyn Watch {
        self.watch
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.watch.is_stopped()
    }

    pub(super) fn expect(&self, step: Step, time: Duration) {
        self.estimate.borrow_mut().expect(step, time);
    }

    /// Does `work` as `step`; it tells how much of it is done.
    pub(super) fn step<T, E>(&self, step: Step, work: impl FnOnce(&dyn Fn(f64)) -> Result<T, E>) -> Result<T, E> {
        self.watch.begins(step);
        let begun = Instant::now();
        let told = |part: f64| {
            let left = self.estimate.borrow().left(step, part, begun.elapsed());
            self.watch.at(step, part, left);
        };
        told(0.0);
        let result = work(&told)?;
        let took = begun.elapsed();
        self.estimate.borrow_mut().done(step, took);
        self.took.borrow_mut().push((step, took));
        self.watch.ends(step, took);
        Ok(result)
    }

    /// The same for a step of the tool, which tells of `parts` parts one after another, or about so many.
    pub(super) fn tool_step<T, E>(
        &self,
        step: Step,
        parts: usize,
        work: impl FnOnce(Control<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        /// Where there are more parts than expected, it is not done before it is.
        const MOST: f64 = 0.97;
        self.step(step, |told| {
            let seen = RefCell::new((String::new(), 0.0));
            let tell = |name: &str, part: f64| {
                let mut seen = seen.borrow_mut();
                if seen.0 != name {
                    if !seen.0.is_empty() {
                        seen.1 += 1.0;
                    }
                    name.clone_into(&mut seen.0);
                }
                told(((seen.1 + part) / parts as f64).min(MOST));
            };
            work(Control {
                stopped: &|| self.is_stopped(),
                told: &tell,
            })
        })
    }

    /// What each step took, for the report.
    pub(super) fn stages(&self) -> Vec<StageTime> {
        let took = self.took.borrow();
        let stage = |step| match step {
            Step::Environment => Stage::Other("Python".to_owned()),
            Step::Footage => Stage::Footage,
            Step::CleanUp => Stage::CleanUp,
            Step::Calibration => Stage::Calibration,
            Step::Sensitivity => Stage::Sensitivity,
            Step::Candidates => Stage::Candidates,
            Step::Accuracy => Stage::Accuracy,
            Step::Speed => Stage::Speed,
            Step::Report => Stage::Other("report".to_owned()),
        };
        let times = took.iter().map(|(step, time)| StageTime {
            stage: stage(*step),
            seconds: time.as_secs_f64(),
        });
        times.collect()
    }
}
