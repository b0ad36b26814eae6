//! A document as one page that needs nothing else: style, plots and pictures are inside, there is no script, and the page's
//! own policy forbids the browser to fetch anything.

mod blocks;
mod page;
mod pictures;
mod table;
mod tags;

use std::borrow::Cow;

use maud::{Markup, html};

use crate::{
    document::Document,
    prose::{Prose, Span},
};

impl Document {
    /// The page.
    pub fn html(&self) -> String {
        page::render(self).into_string()
    }
}

/// Text of anyone: what is no text in it becomes visible, and maud escapes the rest.
fn safe(text: &str) -> Cow<'_, str> {
    luchs_scene::printable(text)
}

fn prose(prose: &Prose) -> Markup {
    html! {
        @for span in prose.spans() {
            @match span {
                Span::Plain(text) => (safe(text)),
                Span::Strong(text) => strong { (safe(text)) },
                Span::Code(text) => code { (safe(text)) },
            }
        }
    }
}
