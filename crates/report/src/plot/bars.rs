//! Lengths, the longest first.

use maud::{Markup, html};

use super::{
    Canvas, FONT, foreign, framed, line,
    measure::{fitted, width},
    px,
    scale::{Scale, extent, usable},
    ticks::Ticks,
};

/// Horizontal bars, none of them negative.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// What it shows, for those who hear it.
    pub title: String,
    /// What is measured, with the unit.
    pub axis: String,
    /// Digits behind the decimal sign of the values.
    pub digits: usize,
    /// In the order in which they are drawn. Values that are no numbers or negative count as 0.
    pub bars: Vec<Bar>,
    /// What a solid bar means and what a hollow one, where there are both.
    pub legend: Option<(String, String)>,
}

/// A bar with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Said behind it, in grey.
    pub note: String,
    /// Its length.
    pub value: f64,
    /// Drawn as an outline.
    pub hollow: bool,
}

/// Height of a bar.
const THICK: f64 = 12.0;
const GAP: f64 = 8.0;
const BELOW: f64 = 40.0;

impl Bars {
    pub(super) fn draw(&self, canvas: &Canvas<'_>) -> Markup {
        let language = canvas.language;
        let value = |bar: &Bar| if usable(bar.value) { bar.value.max(0.0) } else { 0.0 };
        let text = |bar: &Bar| language.decimal(bar.value, self.digits);
        let most = extent(self.bars.iter().map(value)).map_or(1.0, |extent| extent.1);
        let most = if most > 0.0 { most } else { 1.0 };
        // On a narrow canvas names stand above their bars.
        let narrow = canvas.width < 480.0;
        let names = self.bars.iter().map(|bar| width(&bar.label, FONT)).fold(0.0, f64::max);
        let left = if narrow {
            0.0
        } else {
            names.min(canvas.width * 0.36) + 8.0
        };
        let values = self.bars.iter().map(|bar| width(&text(bar), FONT)).fold(0.0, f64::max);
        let right = canvas.width - values - 10.0;
        let scale = Scale {
            from: (0.0, most),
            to: (left, right),
        };
        let above = if narrow { 16.0 } else { 0.0 };
        let pitch = THICK + GAP + above;
        let mut top = 6.0;
        let legend = self.legend.as_ref().filter(|_| self.bars.iter().any(|bar| bar.hollow));
        if legend.is_some() {
            top += 24.0;
        }
        let bottom = top + pitch * self.bars.len() as f64;
        let ticks = Ticks::between(0.0, most, if narrow { 5 } else { 8 });
        let content = html! {
            @if let Some((solid, hollow)) = legend {
                rect class="bar" x="0" y="4" width="18" height="10" {}
                text class="legend" x="24" y="13" { (line(solid, canvas.width * 0.3)) }
                @let next = 24.0 + width(&line(solid, canvas.width * 0.3), FONT) + 18.0;
                rect class="bar hollow" x=(px(next)) y="4" width="18" height="10" {}
                text class="legend" x=(px(next + 24.0)) y="13" { (line(hollow, canvas.width - next - 24.0)) }
            }
            @for tick in &ticks.values {
                line class="grid" x1=(px(scale.at(*tick))) y1=(px(top)) x2=(px(scale.at(*tick))) y2=(px(bottom)) {}
                text class="tick" x=(px(scale.at(*tick))) y=(px(bottom + 15.0)) text-anchor=(if *tick > 0.0 || left > 0.0 { "middle" } else { "start" }) {
                    (language.decimal(*tick, ticks.digits))
                }
            }
            @for (index, bar) in self.bars.iter().enumerate() {
                @let y = top + pitch * index as f64 + above + GAP / 2.0;
                g {
                    title { (foreign(&bar.label)) " " (foreign(&bar.note)) ": " (text(bar)) }
                    (name(bar, y, left, canvas.width, narrow))
                    @let long = (scale.at(value(bar)) - left).max(1.0);
                    rect class=(if bar.hollow { "bar hollow" } else { "bar" }) x=(px(left)) y=(px(y)) width=(px(long)) height=(px(THICK)) {}
                    text class="value" x=(px(left + long + 6.0)) y=(px(y + THICK - 2.0)) { (text(bar)) }
                }
            }
            @if !narrow { line class="axis" x1=(px(left)) y1=(px(top)) x2=(px(left)) y2=(px(bottom)) {} }
            text class="title" x=(px(canvas.width)) y=(px(bottom + 33.0)) text-anchor="end" { (line(&self.axis, canvas.width)) }
        };
        let told: Vec<String> = self
            .bars
            .iter()
            .map(|bar| format!("{}: {}", bar.label, text(bar)))
            .collect();
        let description = format!("{}. {}", self.axis, told.join("; "));
        framed(canvas, bottom + BELOW, &self.title, &description, &content)
    }
}

/// The name left of the bar or, where it is narrow, above it with its note.
fn name(bar: &Bar, y: f64, left: f64, canvas: f64, narrow: bool) -> Markup {
    let label = foreign(&bar.label);
    if !narrow {
        return html! {
            text class="name" x=(px(left - 8.0)) y=(px(y + THICK - 2.0)) text-anchor="end" { (fitted(&label, FONT, left - 8.0)) }
        };
    }
    let note = foreign(&bar.note);
    let room = canvas - width(&note, FONT) - 8.0;
    html! {
        text class="name" x="0" y=(px(y - 4.0)) { (fitted(&label, FONT, room)) tspan class="note" dx="8" { (note) } }
    }
}
