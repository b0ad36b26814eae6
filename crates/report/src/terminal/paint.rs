//! Colours of a terminal, or none.

use anstyle::{AnsiColor, Style};

use super::wrap::safe;
use crate::{document::Mood, prose::Span};

/// Whether there are colours.
pub(super) struct Paint(pub(super) bool);

impl Paint {
    pub(super) fn strong(&self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    pub(super) fn mood(&self, mood: Mood, text: &str) -> String {
        let style = match mood {
            Mood::Good => AnsiColor::Green.on_default(),
            Mood::Warn => AnsiColor::Yellow.on_default().bold(),
            Mood::Bad => AnsiColor::Red.on_default().bold(),
            Mood::Neutral => Style::new(),
        };
        self.with(style, text)
    }

    pub(super) fn span(&self, span: &Span) -> String {
        match span {
            Span::Plain(text) | Span::Code(text) => safe(text),
            Span::Strong(text) => self.strong(&safe(text)),
        }
    }

    /// Word by word, so that no style reaches over the end of a line into what comes after.
    fn with(&self, style: Style, text: &str) -> String {
        if !self.0 {
            return text.to_owned();
        }
        let words = text.split(' ').map(|word| match word {
            "" => String::new(),
            word => format!("{style}{word}{style:#}"),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}
