//! The summary on a terminal: what came out, the sections that belong to it, nothing that needs pictures.

mod paint;
mod table;
mod wrap;

use std::fmt::Write as _;

use self::{
    paint::Paint,
    wrap::{columns_of, safe, wrap},
};
use crate::{
    document::{Badge, Block, Command, Document, Fact},
    prose::Prose,
};

/// The terminal that a summary is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// How many columns it has; fewer than 40 count as 40.
    pub columns: usize,
    /// Whether it understands colours. Never where the output is no terminal.
    pub colour: bool,
}

impl Default for Screen {
    /// 80 columns, no colour.
    fn default() -> Self {
        Self {
            columns: 80,
            colour: false,
        }
    }
}

/// Width of the names before what there is to say about them, as in the command's other reports.
const NAMES: usize = 26;

impl Document {
    /// The summary in lines that end with a line break. None is wider than the screen, but for commands: they are to be
    /// pasted.
    pub fn terminal(&self, screen: Screen) -> String {
        let mut writer = Writer {
            text: String::new(),
            columns: screen.columns.max(40),
            paint: Paint(screen.colour),
        };
        writer.document(self);
        writer.text
    }
}

struct Writer {
    text: String,
    columns: usize,
    paint: Paint,
}

impl Writer {
    fn document(&mut self, document: &Document) {
        let finding = &document.finding;
        let title = self.paint.strong(&safe(&document.title));
        self.wrapped("", &format!("{title}, {}", safe(&document.kind)), "");
        let mark = self.badge(&finding.badge);
        self.wrapped("", &format!("{mark}: {}", safe(&finding.statement)), "  ");
        if !finding.figures.is_empty() {
            self.text.push('\n');
        }
        for figure in &finding.figures {
            let note = safe(&figure.note);
            let note = if note.is_empty() {
                String::new()
            } else {
                format!(" ({note})")
            };
            self.named(&figure.name, &format!("{}{note}", safe(&figure.value)));
        }
        for section in document.sections.iter().filter(|section| section.brief) {
            let title = self.paint.strong(&safe(&section.title));
            // Writing to a text cannot fail, here and below.
            let _ = writeln!(self.text, "\n{title}");
            for block in &section.blocks {
                self.block(block);
            }
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(title, mark) => {
                let mark = mark
                    .as_ref()
                    .map_or_else(String::new, |mark| format!("  {}", self.badge(mark)));
                self.wrapped("  ", &format!("{}{mark}", safe(title)), "  ");
            }
            Block::Prose(text) => self.wrapped("  ", &self.prose(text), "  "),
            Block::List(points) => {
                for point in points {
                    self.wrapped("  · ", &self.prose(point), "    ");
                }
            }
            Block::Notice(mood, text) => {
                let sign = self.paint.mood(*mood, &mood.sign().to_string());
                self.wrapped(&format!("  {sign} "), &self.prose(text), "    ");
            }
            Block::Facts(facts) => {
                for Fact { name, value, .. } in facts {
                    self.named(name, &safe(value));
                }
            }
            Block::Table(whole) => {
                for line in table::lines(whole, self.columns, &self.paint) {
                    let _ = writeln!(self.text, "{line}");
                }
            }
            Block::Commands(commands) => {
                for Command { purpose, text } in commands {
                    self.wrapped("  ", &safe(purpose), "  ");
                    // As it is to be pasted: a line break of ours would end the command.
                    let _ = writeln!(self.text, "    {}", safe(text));
                }
            }
            Block::Figure(_) | Block::Pictures(_) | Block::SignOff(_) => {}
        }
    }

    fn named(&mut self, name: &str, value: &str) {
        let name = safe(name);
        let wide = columns_of(&name);
        let margin = " ".repeat(NAMES + 2);
        if wide < NAMES {
            self.wrapped(&format!("  {name}{}", " ".repeat(NAMES - wide)), value, &margin);
        } else {
            self.wrapped("  ", &name, "  ");
            self.wrapped(&margin, value, &margin);
        }
    }

    fn badge(&self, badge: &Badge) -> String {
        self.paint
            .mood(badge.mood, &format!("{} {}", badge.mood.sign(), safe(&badge.word)))
    }

    fn prose(&self, prose: &Prose) -> String {
        let spans = prose.spans().iter();
        spans.map(|span| self.paint.span(span)).collect()
    }

    /// Words in lines; those after the first one begin with `margin`.
    fn wrapped(&mut self, first: &str, words: &str, margin: &str) {
        for line in wrap(first, words, margin, self.columns) {
            let _ = writeln!(self.text, "{line}");
        }
    }
}
