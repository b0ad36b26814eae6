//! What came out, in one look.

use super::{
    View,
    format::{POINTS, text},
};
use crate::{
    document::{Badge, Finding, KeyFigure, Mood},
    optimise::{Candidate, Gate, Verdict},
};

impl View<'_> {
    pub(super) fn finding(&self) -> Finding {
        let words = self.words;
        let Some(chosen) = self.run.chosen() else {
            return Finding {
                badge: Badge::new(Mood::Warn, words.state_none),
                statement: words.finding_none.to_owned(),
                figures: vec![self.passed()],
            };
        };
        let forced = self.is_forced(chosen);
        let badge = if forced {
            Badge::new(Mood::Warn, words.state_forced)
        } else if chosen.gates.iter().any(Gate::uncertain) {
            Badge::new(Mood::Warn, words.state_uncertain)
        } else {
            Badge::new(Mood::Good, words.state_chosen)
        };
        let template = if forced {
            words.finding_forced
        } else {
            words.finding_chosen
        };
        let statement = text(
            template,
            &[
                ("name", chosen.name.as_str()),
                ("speed", &self.in_words_speed(chosen)),
                ("cost", &self.in_words_cost(chosen)),
            ],
        );
        let figures = [
            self.speed(chosen),
            self.accuracy(chosen),
            self.file(chosen),
            Some(self.passed()),
        ];
        Finding {
            badge,
            statement,
            figures: figures.into_iter().flatten().collect(),
        }
    }

    fn in_words_speed(&self, chosen: &Candidate) -> String {
        chosen.speeds.first().map_or_else(
            || self.words.finding_speed_unknown.to_owned(),
            |speed| {
                text(
                    self.words.finding_speed,
                    &[("ratio", self.format.ratio(speed.ratio.value))],
                )
            },
        )
    }

    fn in_words_cost(&self, chosen: &Candidate) -> String {
        let words = self.words;
        match (chosen.precision, chosen.agreement) {
            (Some(precision), _) if precision.map_drop.value < 5e-4 => words.finding_same.to_owned(),
            (Some(precision), _) => text(
                words.finding_lower,
                &[("points", self.format.hundred(precision.map_drop.value))],
            ),
            (None, Some(agreement)) => text(
                words.finding_agreement,
                &[("share", self.format.percent(agreement.agreement.value))],
            ),
            (None, None) => words.finding_unknown.to_owned(),
        }
    }

    fn speed(&self, chosen: &Candidate) -> Option<KeyFigure> {
        let speed = chosen.speeds.first()?;
        let times = [
            ("before", self.format.milliseconds(speed.baseline_ms)),
            ("after", self.format.milliseconds(speed.ms)),
        ];
        let ratio = [("ratio", self.format.ratio(speed.ratio.value))];
        Some(KeyFigure {
            value: text(self.words.figure_speed_value, &ratio),
            name: self.words.figure_speed.to_owned(),
            note: text(self.words.figure_speed_note, &times),
        })
    }

    fn accuracy(&self, chosen: &Candidate) -> Option<KeyFigure> {
        let (words, format) = (self.words, self.format);
        if let Some(precision) = chosen.precision {
            let before = self
                .run
                .baseline
                .map
                .unwrap_or(precision.map + precision.map_drop.value);
            let both = [
                ("before", format.hundred(before)),
                ("after", format.hundred(precision.map)),
            ];
            return Some(KeyFigure {
                value: text(
                    words.figure_points,
                    &[("points", format.change(precision.map_drop.value))],
                ),
                name: words.figure_map.to_owned(),
                note: text(words.figure_points_note, &both),
            });
        }
        let agreement = chosen.agreement?.agreement;
        let range = agreement
            .interval
            .map(|interval| format.0.range(interval.low * 100.0, interval.high * 100.0, POINTS));
        Some(KeyFigure {
            value: format.percent(agreement.value),
            name: words.figure_agreement.to_owned(),
            note: range.map_or_else(String::new, |range| text(words.interval, &[("range", range)])),
        })
    }

    fn file(&self, chosen: &Candidate) -> Option<KeyFigure> {
        let (before, after) = (self.run.model.bytes, chosen.bytes?);
        let language = self.format.0;
        let change = after as f64 / before.max(1) as f64 - 1.0;
        let no_break = crate::language::NO_BREAK;
        Some(KeyFigure {
            value: format!("{}{no_break}%", language.signed(change * 100.0, 0)),
            name: self.words.figure_file.to_owned(),
            note: format!("{} → {}", language.bytes(before), language.bytes(after)),
        })
    }

    fn passed(&self) -> KeyFigure {
        let all = &self.run.candidates;
        let passed = all.iter().filter(|candidate| match candidate.verdict {
            Verdict::Chosen => !self.is_forced(candidate),
            Verdict::Passed => true,
            Verdict::Rejected { .. } | Verdict::Failed { .. } => false,
        });
        let count = |number: usize| self.format.0.count(number as u64);
        KeyFigure {
            value: text(
                self.words.figure_candidates_value,
                &[("passed", count(passed.count())), ("all", count(all.len()))],
            ),
            name: self.words.figure_candidates.to_owned(),
            note: String::new(),
        }
    }
}
