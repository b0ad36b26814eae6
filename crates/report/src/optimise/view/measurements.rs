//! What was measured beside what the first table has.

use super::{
    View,
    format::{Format, text},
};
use crate::{
    document::{Block, Cell, Column, Row, Section, Table},
    optimise::{Candidate, Measure, Speed},
    prose::Prose,
};

/// What a candidate has in a column.
type Tell<'a> = Box<dyn Fn(&Candidate) -> Option<Cell> + 'a>;

/// A column: its heading, and what a candidate has in it.
struct Figures<'a> {
    column: Column,
    of: Tell<'a>,
}

impl View<'_> {
    /// None where the first table has it all.
    pub(super) fn measurements(&self) -> Option<Section> {
        let words = self.words;
        let mut figures = self.accuracies();
        for speed in self.other_cases() {
            figures.extend(self.speeds(speed));
        }
        let candidates = &self.run.candidates;
        figures.retain(|figure| candidates.iter().any(|candidate| (figure.of)(candidate).is_some()));
        if figures.is_empty() {
            return None;
        }
        let row = |candidate: &Candidate| {
            let cells = figures
                .iter()
                .map(|figure| (figure.of)(candidate).unwrap_or_else(Cell::none));
            Row {
                cells: [Cell::new(&candidate.name)].into_iter().chain(cells).collect(),
                strong: Some(candidate) == self.run.chosen(),
            }
        };
        let rows = candidates.iter().map(row).collect();
        let columns = figures.iter().map(|figure| figure.column.clone());
        let table = Table {
            columns: [Column::text(words.head_candidate)]
                .into_iter()
                .chain(columns)
                .collect(),
            rows,
        };
        Some(Section {
            id: "figures",
            title: words.measurements.to_owned(),
            brief: false,
            blocks: vec![Block::Prose(Prose::plain(words.measurements_text)), Block::Table(table)],
        })
    }

    fn accuracies(&self) -> Vec<Figures<'static>> {
        let (words, format) = (self.words, self.format);
        vec![
            Figures {
                column: Column::number(words.head_ap50, "%"),
                of: Box::new(move |candidate| Some(Cell::new(format.hundred(candidate.precision?.ap50)))),
            },
            Figures {
                column: Column::number(words.head_change, words.unit_points),
                of: Box::new(move |candidate| {
                    let drop = candidate.precision?.ap50_drop;
                    let range = drop.interval.map(|interval| format.change_range(interval));
                    Some(Cell::new(format.change(drop.value)).with_note(range.unwrap_or_default()))
                }),
            },
            Figures {
                column: Column::number(words.head_score, ""),
                of: Box::new(move |candidate| {
                    let error = candidate.agreement?.score_error;
                    let range = error
                        .interval
                        .map(|interval| format.measured_range(Measure::ScoreError, interval));
                    Some(Cell::new(format.score(error.value)).with_note(range.unwrap_or_default()))
                }),
            },
        ]
    }

    /// The cases beside the one that decides, each once.
    fn other_cases(&self) -> Vec<&Speed> {
        let mut cases: Vec<&Speed> = Vec::new();
        for speed in self
            .run
            .candidates
            .iter()
            .flat_map(|candidate| candidate.speeds.iter().skip(1))
        {
            if !cases.iter().any(|case| same(case, speed)) {
                cases.push(speed);
            }
        }
        cases
    }

    fn speeds<'a>(&self, case: &'a Speed) -> [Figures<'a>; 2] {
        let (words, format) = (self.words, self.format);
        let named = [("device", case.device.as_str()), ("threads", &format.threads(case))];
        let head = text(words.head_case, &named);
        let find = move |candidate: &Candidate, tell: fn(Format, &Speed) -> Cell| {
            let mut speeds = candidate.speeds.iter();
            speeds.find(|speed| same(speed, case)).map(|speed| tell(format, speed))
        };
        [
            Figures {
                column: Column::number(head.clone(), words.unit_per_frame),
                of: Box::new(move |candidate| {
                    find(candidate, |format, speed| Cell::new(format.milliseconds(speed.ms)))
                }),
            },
            Figures {
                column: Column::number(head, "×"),
                of: Box::new(move |candidate| {
                    find(candidate, |format, speed| {
                        Cell::new(format.ratio(speed.ratio.value)).with_note(format.ratio_range(&speed.ratio))
                    })
                }),
            },
        ]
    }
}

fn same(a: &Speed, b: &Speed) -> bool {
    a.device == b.device && a.threads == b.threads
}
