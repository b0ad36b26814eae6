//! What a report is made of, whatever it is about: sections of paragraphs, facts, tables, plots, pictures, commands and a
//! place to sign. All texts are in the document's language already; whatever is in them is shown as text.

mod block;
mod pictures;
mod table;

use luchs_scene::Utc;

use crate::Language;

pub use self::{
    block::{Badge, Block, Command, Fact, Figure, KeyFigure, Mood, SignOff},
    pictures::{Marked, Pair, Side},
    table::{Cell, Column, Row, Table, Terminal},
};

/// A report before it is drawn.
#[derive(Clone, Debug)]
pub struct Document {
    /// The language of its texts.
    pub language: Language,
    /// What kind of report it is: “Optimisation report”.
    pub kind: String,
    /// What it is about: the model, the box, the trial.
    pub title: String,
    /// When it was made.
    pub created: Utc,
    /// What made it: `luchs 0.1.0`.
    pub author: String,
    /// What came out, in one look.
    pub finding: Finding,
    /// The rest, most important first.
    pub sections: Vec<Section>,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How it stands.
    pub badge: Badge,
    /// The result in a sentence.
    pub statement: String,
    /// Three or four numbers that say most.
    pub figures: Vec<KeyFigure>,
}

/// A part of a report with a heading.
#[derive(Clone, Debug)]
pub struct Section {
    /// For links: letters, digits, `-`; unique in the document.
    pub id: &'static str,
    /// The heading.
    pub title: String,
    /// Whether it belongs to the summary on a terminal.
    pub brief: bool,
    /// What is in it.
    pub blocks: Vec<Block>,
}
