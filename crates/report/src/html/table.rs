//! Tables. On a narrow screen each row becomes a card in which every value has its heading before it, hence the roles: a
//! browser forgets what is a table once it is laid out as something else.

use maud::{Markup, html};

use super::{blocks::badge, safe};
use crate::{
    document::{Cell, Column, Table},
    language::NONE,
};

/// Tables with more columns are stacked on a narrow screen.
const NARROW: usize = 3;
/// Tables with no more rows stay on one sheet of paper.
const SHORT: usize = 8;

pub(super) fn table(table: &Table) -> Markup {
    let class = if table.columns.len() > NARROW { "stack" } else { "plain" };
    let short = if table.rows.len() <= SHORT { " short" } else { "" };
    html! {
        table class={ (class) (short) } role="table" {
            thead role="rowgroup" {
                tr role="row" {
                    @for column in &table.columns {
                        th scope="col" role="columnheader" class=[column.number.then_some("number")] {
                            (safe(&column.head))
                            @if !column.unit.is_empty() { span class="unit" { (safe(&column.unit)) } }
                        }
                    }
                }
            }
            tbody role="rowgroup" {
                @for row in &table.rows {
                    tr role="row" class=[row.strong.then_some("strong")] {
                        @for (index, (cell, column)) in row.cells.iter().zip(&table.columns).enumerate() {
                            @if index == 0 {
                                th scope="row" role="rowheader" { (content(cell)) }
                            } @else {
                                td role="cell" class=[kind(cell, column)] data-head=(head(column)) { (content(cell)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn kind(cell: &Cell, column: &Column) -> Option<&'static str> {
    if cell.badge.is_some() {
        Some("mark")
    } else if cell.text.is_empty() || cell.text == NONE {
        Some(if column.number { "number empty" } else { "empty" })
    } else {
        column.number.then_some("number")
    }
}

fn head(column: &Column) -> String {
    let head = safe(&column.head);
    if column.unit.is_empty() {
        head.into_owned()
    } else {
        format!("{head}, {}", safe(&column.unit))
    }
}

fn content(cell: &Cell) -> Markup {
    html! {
        @match &cell.badge {
            Some(mark) => (badge(mark)),
            None => span { (safe(&cell.text)) },
        }
        @if !cell.note.is_empty() { span class="note" { (safe(&cell.note)) } }
    }
}
