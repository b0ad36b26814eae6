//! Figures of an optimisation in the language's form.

use super::super::{Estimate, Gate, Interval, Measure, Speed};
use crate::{
    Language,
    prose::Prose,
    words::{self, Optimise, counted},
};

/// Digits behind the decimal sign: of points and percent, of milliseconds and ratios, of scores.
pub(super) const POINTS: usize = 1;
pub(super) const TIMES: usize = 2;
const SCORES: usize = 3;

/// Writes figures.
#[derive(Clone, Copy)]
pub(super) struct Format(pub(super) Language);

/// A template without emphasis, filled.
pub(in crate::optimise) fn text<T: AsRef<str>>(template: &str, arguments: &[(&str, T)]) -> String {
    Prose::fill(template, arguments).to_text()
}

impl Format {
    fn words(self) -> &'static Optimise {
        words::optimise(self.0)
    }

    /// A share of 0 to 1 in percent, without the sign of percent.
    pub(super) fn hundred(self, share: f64) -> String {
        self.0.decimal(share * 100.0, POINTS)
    }

    /// A drop as the change that it is, in points: `−0.8`.
    pub(super) fn change(self, drop: f64) -> String {
        self.0.signed(-drop * 100.0, POINTS)
    }

    /// The interval of a drop as that of the change.
    pub(super) fn change_range(self, Interval { low, high }: Interval) -> String {
        let text = |drop: f64| self.change(drop);
        self.between(&text(high), &text(low))
    }

    pub(super) fn milliseconds(self, ms: f64) -> String {
        self.0.decimal(ms, TIMES)
    }

    pub(super) fn ratio(self, ratio: f64) -> String {
        self.0.decimal(ratio, TIMES)
    }

    pub(super) fn ratio_range(self, ratio: &Estimate) -> String {
        ratio
            .interval
            .map_or_else(String::new, |Interval { low, high }| self.0.range(low, high, TIMES))
    }

    pub(super) fn score(self, error: f64) -> String {
        self.0.decimal(error, SCORES)
    }

    pub(super) fn mebibytes(self, bytes: u64) -> String {
        self.0.decimal(bytes as f64 / f64::from(1 << 20), 2)
    }

    pub(super) fn percent(self, share: f64) -> String {
        self.0.percent(share, POINTS)
    }

    /// What a gate measured, as people compare it: changes instead of drops.
    pub(super) fn measured(self, measure: Measure, value: f64) -> String {
        match measure {
            Measure::MapDrop | Measure::Ap50Drop => self.change(value),
            Measure::Agreement => self.hundred(value),
            Measure::ScoreError => self.score(value),
            Measure::Speedup => self.ratio(value),
        }
    }

    pub(super) fn measured_range(self, measure: Measure, Interval { low, high }: Interval) -> String {
        let text = |value: f64| self.measured(measure, value);
        match measure {
            Measure::MapDrop | Measure::Ap50Drop => self.between(&text(high), &text(low)),
            Measure::Agreement | Measure::ScoreError | Measure::Speedup => self.between(&text(low), &text(high)),
        }
    }

    fn between(self, low: &str, high: &str) -> String {
        let no_break = crate::language::NO_BREAK;
        format!("{low}{no_break}{}{no_break}{high}", words::blocks(self.0).to)
    }

    /// `≥ −1.0`: the least change is the most drop.
    pub(super) fn limit(self, gate: &Gate) -> String {
        let template = match gate.measure {
            Measure::ScoreError => self.words().at_most,
            Measure::MapDrop | Measure::Ap50Drop | Measure::Agreement | Measure::Speedup => self.words().at_least,
        };
        text(template, &[("limit", self.measured(gate.measure, gate.limit))])
    }

    pub(super) fn measure(self, measure: Measure) -> &'static str {
        let words = self.words();
        match measure {
            Measure::MapDrop => words.measure_map,
            Measure::Ap50Drop => words.measure_ap50,
            Measure::Agreement => words.measure_agreement,
            Measure::ScoreError => words.measure_score,
            Measure::Speedup => words.measure_speed,
        }
    }

    pub(super) fn threads(self, speed: &Speed) -> String {
        let words = self.words();
        counted(
            self.0,
            u64::from(speed.threads),
            words.threads_one,
            words.threads_several,
        )
    }

    pub(super) fn counted(self, count: u32, one: &str, several: &str) -> String {
        counted(self.0, u64::from(count), one, several)
    }
}
