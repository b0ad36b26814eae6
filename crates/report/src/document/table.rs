//! Rows and columns.

use super::Badge;

/// A table. The first column names the rows.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows, each with a cell for each column.
    pub rows: Vec<Row>,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its heading.
    pub head: String,
    /// Below the heading: a unit.
    pub unit: String,
    /// Numbers stand below each other by their ends. Give all of a column the same digits behind the decimal sign.
    pub number: bool,
    /// What of it is shown on a terminal.
    pub terminal: Terminal,
}

/// What of a column is shown on a terminal, where there is little room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// Nothing.
    Omit,
    /// The cells without their notes.
    Show,
    /// The cells, with their notes as a column of their own.
    Notes,
}

/// A row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// A cell for each column.
    pub cells: Vec<Cell>,
    /// The row that counts.
    pub strong: bool,
}

/// A cell.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// What stands in it.
    pub text: String,
    /// Below that, in grey.
    pub note: String,
    /// In place of the text.
    pub badge: Option<Badge>,
}

impl Column {
    /// Of texts.
    pub fn text(head: impl Into<String>) -> Self {
        Self {
            head: head.into(),
            unit: String::new(),
            number: false,
            terminal: Terminal::Show,
        }
    }

    /// Of numbers, with their unit.
    pub fn number(head: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            unit: unit.into(),
            number: true,
            ..Self::text(head)
        }
    }

    /// Shown so on a terminal.
    #[must_use]
    pub fn on_terminal(mut self, terminal: Terminal) -> Self {
        self.terminal = terminal;
        self
    }
}

impl Cell {
    /// A text or a number.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Where there is nothing to tell.
    pub fn none() -> Self {
        Self::new(crate::language::NONE)
    }

    /// With a note below it.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

impl From<Badge> for Cell {
    fn from(badge: Badge) -> Self {
        Self {
            badge: Some(badge),
            ..Self::default()
        }
    }
}
