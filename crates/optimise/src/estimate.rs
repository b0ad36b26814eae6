//! How long it will still take, told honestly: from what this model took on this box so far.

use std::time::Duration;

/// A part of the work, in the order in which it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Python and its packages, where they are not there yet.
    Environment,
    /// Frames out of the footage.
    Footage,
    /// The same results with fewer operators.
    CleanUp,
    /// What the model is fed, and what ranges its values have.
    Calibration,
    /// Which layers suffer.
    Sensitivity,
    /// Making the candidates.
    Candidates,
    /// What each of them finds.
    Accuracy,
    /// How fast each of them is.
    Speed,
    /// Report and passport.
    Report,
}

/// Time that is left, from plans that are corrected as work goes on.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// What is not done yet, the current step first.
    ahead: Vec<(Step, Duration)>,
    /// What steps that are done were planned to take, and what they took.
    planned: Duration,
    took: Duration,
}

/// How far the steps that are done may correct the plans of those ahead: they are of different kinds.
const TRUST: f64 = 3.0;

impl Estimate {
    /// From what each step is expected to take.
    pub fn new(plan: impl IntoIterator<Item = (Step, Duration)>) -> Self {
        Self {
            ahead: plan.into_iter().collect(),
            planned: Duration::ZERO,
            took: Duration::ZERO,
        }
    }

    /// Replaces what is expected of `step`, now that more is known.
    pub fn expect(&mut self, step: Step, time: Duration) {
        match self.ahead.iter_mut().find(|(ahead, _)| *ahead == step) {
            Some((_, planned)) => *planned = time,
            None => self.ahead.push((step, time)),
        }
    }

    /// `step` is done after `took`.
    pub fn done(&mut self, step: Step, took: Duration) {
        if let Some(index) = self.ahead.iter().position(|(ahead, _)| *ahead == step) {
            self.planned += self.ahead.remove(index).1;
            self.took += took;
        }
    }

    /// What is left when `step` has run for `running` and `part` of it (0 to 1) is done.
    pub fn left(&self, step: Step, part: f64, running: Duration) -> Duration {
        let pace = self.pace();
        let part = part.clamp(0.0, 1.0);
        let of_steps = self.ahead.iter().map(|(ahead, planned)| {
            let planned = planned.as_secs_f64() * pace;
            if *ahead != step {
                return planned;
            }
            let by_plan = (planned - running.as_secs_f64()).max(planned * (1.0 - part) * 0.5);
            if part <= 0.0 {
                return by_plan;
            }
            // The further it is, the more its own speed counts.
            let by_speed = running.as_secs_f64() * (1.0 - part) / part;
            by_speed * part.sqrt() + by_plan * (1.0 - part.sqrt())
        });
        Duration::from_secs_f64(of_steps.sum::<f64>().clamp(0.0, 1e6))
    }

    /// How many times as long as planned the work takes here.
    fn pace(&self) -> f64 {
        // A few seconds say nothing of minutes.
        const ENOUGH: f64 = 5.0;
        let (planned, took) = (self.planned.as_secs_f64(), self.took.as_secs_f64());
        ((took + ENOUGH) / (planned + ENOUGH)).clamp(1.0 / TRUST, TRUST)
    }
}

/// `time` for people, who plan in minutes.
pub fn about(time: Duration) -> String {
    match time.as_secs() {
        0..20 => "a few seconds".to_owned(),
        20..50 => "half a minute".to_owned(),
        50..90 => "about 1 minute".to_owned(),
        seconds => format!("about {} minutes", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn plan() -> Estimate {
        Estimate::new([
            (Step::Calibration, seconds(60)),
            (Step::Sensitivity, seconds(120)),
            (Step::Speed, seconds(60)),
        ])
    }

    #[test]
    fn before_anything_is_done_it_is_the_plan() {
        assert_eq!(plan().left(Step::Calibration, 0.0, seconds(0)), seconds(240));
    }

    #[test]
    fn a_step_is_judged_by_its_own_speed_as_it_goes_on() {
        let mut estimate = plan();
        estimate.done(Step::Calibration, seconds(60));
        // Half of it took as long as all of it was to take.
        let left = estimate.left(Step::Sensitivity, 0.5, seconds(120)).as_secs();
        assert!((130..=180).contains(&left), "{left}");
        let almost = estimate.left(Step::Sensitivity, 0.99, seconds(240)).as_secs();
        assert!((60..=63).contains(&almost), "{almost}");
    }

    #[test]
    fn a_box_that_is_slower_than_planned_stays_slower() {
        let mut estimate = plan();
        estimate.done(Step::Calibration, seconds(125));
        let left = estimate.left(Step::Sensitivity, 0.0, seconds(0)).as_secs();
        assert_eq!(left, 360);
        // But one step does not prove that all others take a hundred times as long.
        let mut estimate = plan();
        estimate.done(Step::Calibration, seconds(6000));
        assert_eq!(estimate.left(Step::Sensitivity, 0.0, seconds(0)), seconds(540));
    }

    #[test]
    fn plans_can_be_corrected() {
        let mut estimate = plan();
        estimate.expect(Step::Speed, seconds(10));
        estimate.expect(Step::Report, seconds(5));
        assert_eq!(estimate.left(Step::Calibration, 0.0, seconds(0)), seconds(195));
    }

    #[test]
    fn people_are_told_minutes() {
        let said = [3, 30, 70, 100, 800].map(|n| about(seconds(n)));
        assert_eq!(
            said,
            [
                "a few seconds",
                "half a minute",
                "about 1 minute",
                "about 2 minutes",
                "about 13 minutes"
            ]
        );
    }

    proptest! {
        #[test]
        fn it_is_never_negative_and_ends_at_nothing(part in 0.0_f64..1.0, running in 0_u64..10_000) {
            let mut estimate = plan();
            let left = estimate.left(Step::Calibration, part, seconds(running));
            prop_assert!(left >= seconds(0));
            for step in [Step::Calibration, Step::Sensitivity, Step::Speed] {
                estimate.done(step, seconds(running));
            }
            prop_assert_eq!(estimate.left(Step::Speed, 1.0, seconds(running)), seconds(0));
        }
    }
}
