//! Reports for a person who has to sign them off: one value as a summary on a terminal, as JSON (`luchs.report/1`), and as
//! one page that needs nothing else, in German and English.
//!
//! [`Report`] is the value; [`optimise`] is what it can be about. Each kind of report is turned into a [`document`] (sections
//! of paragraphs, facts, tables, [`plot`]s, pictures, commands and a place to sign), and that is drawn. Nothing here does
//! input or output or reads a clock: the same value gives the same bytes.
//!
//! Names of models, classes, layers and files are text of others. They are escaped where they are drawn, whatever is in them.

pub mod document;
mod html;
mod language;
pub mod optimise;
mod picture;
pub mod plot;
pub mod prose;
mod report;
mod terminal;
mod words;

pub use self::{
    language::{Language, LanguageError},
    picture::{Media, Picture, PictureError},
    report::{ReadError, Report, Schema, Subject},
    terminal::Screen,
};
