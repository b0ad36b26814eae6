//! All candidates: plot, table, and why some are out.

use super::{View, format::text};
use crate::{
    document::{Badge, Block, Cell, Column, Row, Section, Table, Terminal},
    optimise::{Candidate, Gate, Measure, Verdict},
    prose::Prose,
};

impl View<'_> {
    pub(super) fn candidates(&self) -> Section {
        let mut blocks = Vec::new();
        blocks.extend(self.scatter());
        blocks.push(Block::Table(self.table()));
        let reasons: Vec<_> = self
            .run
            .candidates
            .iter()
            .filter_map(|candidate| self.why(candidate))
            .collect();
        if !reasons.is_empty() {
            blocks.push(Block::List(reasons));
        }
        Section {
            id: "candidates",
            title: self.words.candidates.to_owned(),
            brief: true,
            blocks,
        }
    }

    fn table(&self) -> Table {
        let words = self.words;
        let any = |has: fn(&Candidate) -> bool| self.run.candidates.iter().any(has);
        let labelled = any(|candidate| candidate.precision.is_some());
        let compared = any(|candidate| candidate.agreement.is_some());
        let mut columns = vec![Column::text(words.head_candidate)];
        if labelled {
            columns.push(Column::number(words.head_map, "%"));
            columns.push(Column::number(words.head_change, words.unit_points).on_terminal(Terminal::Notes));
        }
        if compared {
            let terminal = if labelled { Terminal::Omit } else { Terminal::Notes };
            columns.push(Column::number(words.head_agreement, "%").on_terminal(terminal));
        }
        columns.push(Column::number(words.head_time, words.unit_per_frame));
        columns.push(Column::number(words.head_ratio, "×"));
        columns.push(Column::number(words.head_file, words.unit_file).on_terminal(Terminal::Omit));
        columns.push(Column::text(words.head_verdict));
        let rows = self
            .run
            .candidates
            .iter()
            .map(|candidate| self.row(candidate, labelled, compared));
        Table {
            columns,
            rows: [self.baseline(labelled, compared)].into_iter().chain(rows).collect(),
        }
    }

    fn baseline(&self, labelled: bool, compared: bool) -> Row {
        let format = self.format;
        let mut cells = vec![Cell::new(self.words.baseline).with_note(self.words.baseline_note)];
        if labelled {
            let map = self.run.baseline.map;
            cells.push(map.map_or_else(Cell::none, |map| Cell::new(format.hundred(map))));
            cells.push(Cell::none());
        }
        if compared {
            cells.push(Cell::none());
        }
        cells.push(
            self.baseline_ms()
                .map_or_else(Cell::none, |ms| Cell::new(format.milliseconds(ms))),
        );
        cells.push(Cell::none());
        cells.push(Cell::new(format.mebibytes(self.run.model.bytes)));
        cells.push(Cell::default());
        Row { cells, strong: false }
    }

    fn row(&self, candidate: &Candidate, labelled: bool, compared: bool) -> Row {
        let format = self.format;
        let mut cells = vec![Cell::new(&candidate.name).with_note(if candidate.own_operator {
            self.words.own_operator
        } else {
            ""
        })];
        if labelled {
            let precision = candidate.precision;
            cells.push(precision.map_or_else(Cell::none, |precision| Cell::new(format.hundred(precision.map))));
            cells.push(precision.map_or_else(Cell::none, |precision| {
                let range = precision
                    .map_drop
                    .interval
                    .map(|interval| format.change_range(interval));
                Cell::new(format.change(precision.map_drop.value)).with_note(range.unwrap_or_default())
            }));
        }
        if compared {
            cells.push(candidate.agreement.map_or_else(Cell::none, |agreement| {
                let range = agreement
                    .agreement
                    .interval
                    .map(|interval| format.measured_range(Measure::Agreement, interval));
                Cell::new(format.hundred(agreement.agreement.value)).with_note(range.unwrap_or_default())
            }));
        }
        let speed = candidate.speeds.first();
        cells.push(speed.map_or_else(Cell::none, |speed| Cell::new(format.milliseconds(speed.ms))));
        cells.push(speed.map_or_else(Cell::none, |speed| {
            Cell::new(format.ratio(speed.ratio.value)).with_note(format.ratio_range(&speed.ratio))
        }));
        cells.push(
            candidate
                .bytes
                .map_or_else(Cell::none, |bytes| Cell::new(format.mebibytes(bytes))),
        );
        let (mood, word) = self.verdict(candidate);
        cells.push(Badge::new(mood, word).into());
        Row {
            cells,
            strong: candidate.verdict == Verdict::Chosen,
        }
    }

    /// Milliseconds of the model as it was, in the case that decides: the median over the pairs, as each candidate was
    /// measured beside it anew.
    pub(super) fn baseline_ms(&self) -> Option<f64> {
        let speeds = self
            .run
            .candidates
            .iter()
            .filter_map(|candidate| candidate.speeds.first());
        let mut times: Vec<f64> = speeds
            .map(|speed| speed.baseline_ms)
            .filter(|ms| ms.is_finite())
            .collect();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied()
    }

    /// Why a candidate is out.
    fn why(&self, candidate: &Candidate) -> Option<Prose> {
        let words = self.words;
        let (template, reason) = match &candidate.verdict {
            Verdict::Chosen | Verdict::Passed => return None,
            Verdict::Failed { error } => (words.why_failed, sentence(error)),
            Verdict::Rejected { reason } => {
                let mut reasons = self.missed(candidate);
                reasons.extend(reason.as_deref().map(sentence));
                if reasons.is_empty() {
                    reasons.push(words.why_unknown.to_owned());
                }
                (words.why_rejected, reasons.join("; "))
            }
        };
        Some(Prose::fill(template, &[("name", &candidate.name), ("reason", &reason)]))
    }

    /// The gates that it did not pass.
    fn missed(&self, candidate: &Candidate) -> Vec<String> {
        let gates = candidate.gates.iter().filter(|gate| !gate.passed);
        let told = gates.map(|gate: &Gate| {
            let template = match gate.measure {
                Measure::MapDrop => self.words.why_map,
                Measure::Ap50Drop => self.words.why_ap50,
                Measure::Agreement => self.words.why_agreement,
                Measure::ScoreError => self.words.why_score,
                Measure::Speedup => self.words.why_speed,
            };
            let value = self.format.measured(gate.measure, gate.value.value);
            text(template, &[("value", value), ("limit", self.format.limit(gate))])
        });
        told.collect()
    }
}

/// Text of others within a sentence of ours that ends with a full stop itself.
fn sentence(text: &str) -> String {
    text.trim_end().trim_end_matches('.').to_owned()
}
