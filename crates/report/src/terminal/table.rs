//! Tables on a terminal.

use super::{
    paint::Paint,
    wrap::{columns_of, loose, safe, shortened},
};
use crate::document::{Cell, Mood, Table, Terminal};

const MARGIN: &str = "  ";
/// A column of names is not made narrower than that.
const LEAST: usize = 10;

/// A column as it is shown.
struct Shown {
    number: bool,
    head: String,
    cells: Vec<(String, Option<Mood>)>,
}

impl Shown {
    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|(text, _)| columns_of(text));
        cells.chain([columns_of(&self.head)]).max().unwrap_or(0)
    }
}

/// The lines of a table: its first column gives way where the terminal is too narrow for all.
pub(super) fn lines(table: &Table, columns: usize, paint: &Paint) -> Vec<String> {
    let shown = shown(table);
    let mut widths: Vec<usize> = shown.iter().map(Shown::width).collect();
    let whole: usize = widths.iter().map(|width| width + MARGIN.len()).sum();
    if let Some(first) = widths.first_mut() {
        *first = first
            .saturating_sub(whole.saturating_sub(columns))
            .max(LEAST.min(*first));
    }
    let head = line(
        shown.iter().map(|column| (column.head.as_str(), None)),
        &shown,
        &widths,
        columns,
        paint,
    );
    let rows = (0..table.rows.len()).map(|row| {
        let cells = shown.iter().map(|column| {
            column
                .cells
                .get(row)
                .map_or(("", None), |(text, mood)| (text.as_str(), *mood))
        });
        line(cells, &shown, &widths, columns, paint)
    });
    [paint.strong(&head)].into_iter().chain(rows).collect()
}

fn shown(table: &Table) -> Vec<Shown> {
    let mut shown = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        if column.terminal == Terminal::Omit {
            continue;
        }
        let cells = || table.rows.iter().filter_map(|row| row.cells.get(index));
        shown.push(Shown {
            number: column.number,
            head: plain(&column.head),
            cells: cells().map(text).collect(),
        });
        if column.terminal == Terminal::Notes {
            shown.push(Shown {
                number: false,
                head: String::new(),
                cells: cells().map(|cell| (plain(&cell.note), None)).collect(),
            });
        }
    }
    shown
}

fn text(cell: &Cell) -> (String, Option<Mood>) {
    match &cell.badge {
        Some(badge) => (
            format!("{} {}", badge.mood.sign(), plain(&badge.word)),
            Some(badge.mood),
        ),
        None => (plain(&cell.text), None),
    }
}

fn plain(text: &str) -> String {
    loose(&safe(text))
}

/// One line. It is cut while it has no colours yet.
fn line<'a>(
    cells: impl Iterator<Item = (&'a str, Option<Mood>)>,
    shown: &[Shown],
    widths: &[usize],
    columns: usize,
    paint: &Paint,
) -> String {
    let mut line = String::new();
    let mut used = 0;
    for ((cell, mood), (column, width)) in cells.zip(shown.iter().zip(widths)) {
        let room = columns.saturating_sub(used + MARGIN.len()).min(*width);
        if room == 0 {
            break;
        }
        let cell = shortened(cell, room);
        let pad = " ".repeat(room - columns_of(&cell).min(room));
        let painted = mood.map_or_else(|| cell.clone(), |mood| paint.mood(mood, &cell));
        line.push_str(MARGIN);
        if column.number {
            line.push_str(&pad);
            line.push_str(&painted);
        } else {
            line.push_str(&painted);
            line.push_str(&pad);
        }
        used += MARGIN.len() + room;
    }
    line.trim_end().to_owned()
}
