//! Changes for the better and for the worse.

use maud::{Markup, html};

use super::{
    Canvas, FONT, foreign, framed, line,
    measure::{fitted, width},
    px,
    scale::{Scale, extent, usable},
    ticks::Ticks,
};
use crate::Language;

/// Horizontal bars from zero in both directions: what became less to the left, what became more to the right.
#[derive(Clone, Debug, PartialEq)]
pub struct Diverging {
    /// What it shows, for those who hear it.
    pub title: String,
    /// What changed, with the unit.
    pub axis: String,
    /// Digits behind the decimal sign.
    pub digits: usize,
    /// In the order in which they are drawn. Changes that are no numbers have no bar.
    pub changes: Vec<Change>,
    /// Above the column of values before and after.
    pub values: String,
}

/// A change with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What changed.
    pub label: String,
    /// Said behind its name, in grey.
    pub note: String,
    /// The value it had.
    pub before: f64,
    /// The value it has.
    pub after: f64,
}

impl Change {
    fn by(&self) -> f64 {
        self.after - self.before
    }
}

const THICK: f64 = 12.0;
const PITCH: f64 = 21.0;
const BELOW: f64 = 40.0;
const ABOVE: f64 = 22.0;

/// Where its columns are.
struct Columns {
    /// Right edge of the names.
    names: f64,
    scale: Scale,
    narrow: bool,
    bottom: f64,
}

impl Diverging {
    pub(super) fn draw(&self, canvas: &Canvas<'_>) -> Markup {
        let language = canvas.language;
        let columns = self.columns(canvas);
        let Columns { scale, bottom, .. } = &columns;
        let ticks = Ticks::between(scale.from.0, scale.from.1, if columns.narrow { 4 } else { 7 });
        let zero = scale.at(0.0);
        let content = html! {
            @if !columns.narrow {
                text class="tick" x=(px(canvas.width)) y="13" text-anchor="end" { (line(&self.values, canvas.width)) }
            }
            @for tick in &ticks.values {
                line class="grid" x1=(px(scale.at(*tick))) y1=(px(ABOVE)) x2=(px(scale.at(*tick))) y2=(px(*bottom)) {}
                text class="tick" x=(px(scale.at(*tick))) y=(px(bottom + 15.0)) text-anchor="middle" {
                    (language.signed(*tick, ticks.digits).trim_start_matches('±'))
                }
            }
            line class="axis" x1=(px(zero)) y1=(px(ABOVE)) x2=(px(zero)) y2=(px(*bottom)) {}
            @for (index, change) in self.changes.iter().enumerate() {
                (self.change(change, ABOVE + PITCH * index as f64 + 4.0, &columns, canvas))
            }
            text class="title" x=(px(canvas.width)) y=(px(bottom + 33.0)) text-anchor="end" { (line(&self.axis, canvas.width)) }
        };
        let told: Vec<String> = self
            .changes
            .iter()
            .map(|change| format!("{}: {}", change.label, self.told(change, language)))
            .collect();
        let description = format!("{}. {}", self.axis, told.join("; "));
        framed(canvas, bottom + BELOW, &self.title, &description, &content)
    }

    /// `−2.1 (41.0 → 38.9)`
    fn told(&self, change: &Change, language: Language) -> String {
        format!(
            "{} ({})",
            language.signed(change.by(), self.digits),
            self.both(change, language)
        )
    }

    fn both(&self, change: &Change, language: Language) -> String {
        let text = |value: f64| language.decimal(value, self.digits);
        format!("{} → {}", text(change.before), text(change.after))
    }

    fn columns(&self, canvas: &Canvas<'_>) -> Columns {
        let language = canvas.language;
        let narrow = canvas.width < 480.0;
        let widest = |text: &dyn Fn(&Change) -> String| {
            let widths = self.changes.iter().map(|change| width(&text(change), FONT));
            widths.fold(0.0, f64::max)
        };
        let full = widest(&|change| format!("{} {}", change.label, change.note));
        let names = (full + 1.0).min(canvas.width * if narrow { 0.4 } else { 0.3 });
        let values = if narrow {
            0.0
        } else {
            widest(&|change| self.both(change, language)).max(width(&self.values, FONT)) + 12.0
        };
        let own = widest(&|change| language.signed(change.by(), self.digits)) + 8.0;
        let (low, high) = extent(self.changes.iter().map(Change::by)).unwrap_or((0.0, 0.0));
        let (mut low, mut high) = (low.min(0.0), high.max(0.0));
        if low == high {
            (low, high) = (-1.0, 1.0);
        }
        // Bars and what is written at their ends: none of it where another column is.
        Columns {
            names,
            scale: Scale {
                from: (low, high),
                to: (names + 8.0 + own, canvas.width - values - own),
            },
            narrow,
            bottom: ABOVE + PITCH * self.changes.len() as f64,
        }
    }

    fn change(&self, change: &Change, y: f64, columns: &Columns, canvas: &Canvas<'_>) -> Markup {
        let Columns {
            names, scale, narrow, ..
        } = columns;
        let language = canvas.language;
        let by = change.by();
        let (zero, end) = (scale.at(0.0), scale.at(if usable(by) { by } else { 0.0 }));
        let base = px(y + THICK - 2.0);
        let (label, note) = (foreign(&change.label), foreign(&change.note));
        let for_note = width(&format!(" {note}"), FONT);
        let (class, value_at, anchor) = if by < 0.0 {
            ("bar less", end - 5.0, "end")
        } else {
            ("bar more", end + 5.0, "start")
        };
        html! {
            g {
                title { (label) " " (note) ": " (self.told(change, language)) }
                text class="name" x=(px(*names)) y=(base) text-anchor="end" {
                    (fitted(&label, FONT, names - for_note))
                    @if !note.is_empty() { tspan class="note" dx="4" { (note) } }
                }
                rect class=(class) x=(px(zero.min(end))) y=(px(y)) width=(px((end - zero).abs())) height=(px(THICK)) {}
                text class="value" x=(px(value_at)) y=(base) text-anchor=(anchor) { (language.signed(by, self.digits)) }
                @if !narrow {
                    text class="note" x=(px(canvas.width)) y=(base) text-anchor="end" { (self.both(change, language)) }
                }
            }
        }
    }
}
