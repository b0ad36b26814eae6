//! Plots as SVG, for a page: the same value gives the same bytes.
//!
//! Sizes follow from the canvas, so a plot is drawn anew for a narrow screen instead of shrunk. Colours are those of the
//! page (`style.css`); wherever a colour says something, a shape says it too.

mod area;
mod bars;
mod diverging;
mod front;
mod labels;
mod mark;
mod measure;
mod scale;
mod scatter;
mod ticks;

use maud::{Markup, html};

use crate::Language;

pub use self::{
    bars::{Bar, Bars},
    diverging::{Change, Diverging},
    mark::Mark,
    scatter::{Axis, Point, Region, Scatter},
};

/// Size of all letters in pixels.
const FONT: f64 = 12.0;

/// Looks of all plots, on the variables of the page's style.
pub(crate) const STYLE: &str = include_str!("style.css");

/// What a plot is drawn on.
#[derive(Clone, Copy, Debug)]
pub struct Canvas<'a> {
    /// Unique within the page, for the ids of the plot's parts: letters, digits, `-`.
    pub id: &'a str,
    /// Width in CSS pixels; the height follows.
    pub width: f64,
    /// How numbers are written.
    pub language: Language,
}

/// A plot of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Plot {
    /// Points over two axes.
    Scatter(Scatter),
    /// Lengths.
    Bars(Bars),
    /// Changes in both directions.
    Diverging(Diverging),
}

impl Plot {
    /// The plot as an SVG element.
    pub fn svg(&self, canvas: &Canvas<'_>) -> String {
        self.draw(canvas).into_string()
    }

    pub(crate) fn draw(&self, canvas: &Canvas<'_>) -> Markup {
        match self {
            Self::Scatter(scatter) => scatter.draw(canvas),
            Self::Bars(bars) => bars.draw(canvas),
            Self::Diverging(diverging) => diverging.draw(canvas),
        }
    }
}

/// The element around a plot: what it shows stands in it for those who hear it read out.
fn framed(canvas: &Canvas<'_>, height: f64, title: &str, description: &str, content: &Markup) -> Markup {
    let Canvas { id, width, .. } = canvas;
    let labelled = format!("{id}-title {id}-desc");
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (px(*width)) " " (px(height)) } role="img" aria-labelledby=(labelled) {
            title id={ (id) "-title" } { (foreign(title)) }
            desc id={ (id) "-desc" } { (foreign(description)) }
            (content)
        }
    }
}

/// Width of a line of text, in a wide font of `size`.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    measure::width(text, size)
}

/// Text of others, with what is no text made visible; maud escapes the rest.
fn foreign(text: &str) -> std::borrow::Cow<'_, str> {
    luchs_scene::printable(text)
}

/// The same on one line that is no wider than `room`.
fn line(text: &str, room: f64) -> String {
    measure::fitted(&foreign(text), FONT, room)
}

/// A coordinate with a tenth of a pixel.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    let short = text.strip_suffix(".0").unwrap_or(&text);
    if short == "-0" {
        "0".to_owned()
    } else {
        short.to_owned()
    }
}

#[cfg(test)]
mod tests;
