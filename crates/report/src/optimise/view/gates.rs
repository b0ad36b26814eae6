//! What the chosen candidate had to meet.

use super::{View, format::text};
use crate::{
    document::{Badge, Block, Cell, Column, Mood, Row, Section, Table},
    optimise::Gate,
    prose::Prose,
    words::blocks,
};

impl View<'_> {
    pub(super) fn requirements(&self) -> Option<Section> {
        let words = self.words;
        let chosen = self.run.chosen().filter(|chosen| !chosen.gates.is_empty())?;
        let table = Table {
            columns: vec![
                Column::text(words.head_requirement),
                Column::number(words.head_limit, ""),
                Column::number(words.head_measured, ""),
                Column::text(words.head_result),
            ],
            rows: chosen.gates.iter().map(|gate| self.gate(gate)).collect(),
        };
        Some(Section {
            id: "requirements",
            title: words.requirements.to_owned(),
            brief: false,
            blocks: vec![
                Block::Prose(Prose::fill(words.requirements_text, &[("name", &chosen.name)])),
                Block::Table(table),
            ],
        })
    }

    fn gate(&self, gate: &Gate) -> Row {
        let format = self.format;
        let words = blocks(format.0);
        let badge = match (gate.passed, gate.uncertain()) {
            (true, false) => Badge::new(Mood::Good, words.good),
            (true, true) => Badge::new(Mood::Warn, words.warn),
            (false, _) => Badge::new(Mood::Bad, words.bad),
        };
        let range = gate
            .value
            .interval
            .map(|interval| format.measured_range(gate.measure, interval));
        let note = range.map_or_else(String::new, |range| text(self.words.interval, &[("range", range)]));
        Row {
            cells: vec![
                Cell::new(format.measure(gate.measure)),
                Cell::new(format.limit(gate)),
                Cell::new(format.measured(gate.measure, gate.value.value)).with_note(note),
                badge.into(),
            ],
            strong: false,
        }
    }
}
