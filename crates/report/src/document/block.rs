//! The parts of a section.

use super::{Pair, Table};
use crate::{plot::Plot, prose::Prose};

/// A part of a section.
#[derive(Clone, Debug)]
pub enum Block {
    /// A heading below the section's, with how that part stands.
    Heading(String, Option<Badge>),
    /// A paragraph.
    Prose(Prose),
    /// Points, one below the other.
    List(Vec<Prose>),
    /// A remark that must not be missed.
    Notice(Mood, Prose),
    /// Names and what there is to say about them.
    Facts(Vec<Fact>),
    /// Rows and columns.
    Table(Table),
    /// A plot with what it says.
    Figure(Box<Figure>),
    /// Pictures, two by two.
    Pictures(Vec<Pair>),
    /// How to repeat it.
    Commands(Vec<Command>),
    /// Where a person puts their name below it.
    SignOff(SignOff),
}

/// How something stands. Colours follow from it, and always a sign that needs no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mood {
    /// As it should be.
    Good,
    /// Somebody has to look.
    Warn,
    /// Not as it should be.
    Bad,
    /// Neither.
    Neutral,
}

impl Mood {
    /// The sign that stands for it.
    pub fn sign(self) -> char {
        match self {
            Self::Good => '✓',
            Self::Warn => '!',
            Self::Bad => '✗',
            Self::Neutral => '·',
        }
    }

    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Neutral => "neutral",
        }
    }
}

/// A word of judgement: passed, failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// How it stands.
    pub mood: Mood,
    /// The word.
    pub word: String,
}

impl Badge {
    /// A badge with a word.
    pub fn new(mood: Mood, word: impl Into<String>) -> Self {
        Self {
            mood,
            word: word.into(),
        }
    }
}

/// A number that says much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFigure {
    /// The number, short.
    pub value: String,
    /// What it is.
    pub name: String,
    /// What belongs to it: limits, before and after.
    pub note: String,
}

/// A name and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// What there is to say.
    pub value: String,
    /// A digest, an option, a name in a program: in the font for such things.
    pub code: bool,
}

impl Fact {
    /// In words.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            code: false,
        }
    }

    /// As a program writes it.
    pub fn code(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            code: true,
            ..Self::new(name, value)
        }
    }
}

/// A plot with what it says.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The plot.
    pub plot: Plot,
    /// What it says, below it.
    pub caption: Prose,
}

/// A command with what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What it does.
    pub purpose: String,
    /// For a shell.
    pub text: String,
}

/// Where a person puts their name below a report.
#[derive(Clone, Debug)]
pub struct SignOff {
    /// What is signed.
    pub about: Prose,
    /// What it is known by: digests.
    pub facts: Vec<Fact>,
}
