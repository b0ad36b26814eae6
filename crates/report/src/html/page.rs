//! The page around the sections.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{blocks, prose, safe};
use crate::{
    document::{Document, Finding},
    plot,
    prose::Prose,
    words::blocks as words,
};

const STYLE: &str = include_str!("style.css");
const PRINT: &str = include_str!("print.css");

/// Nothing may be fetched, run, sent or framed; pictures are inside.
const POLICY: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

pub(super) fn render(document: &Document) -> Markup {
    let words = words(document.language);
    let made = Prose::fill(
        words.made,
        &[
            ("date", document.language.date(document.created).as_str()),
            ("author", &document.author),
        ],
    );
    let mut count = blocks::Counter::default();
    html! {
        (DOCTYPE)
        html lang=(document.language.code()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (safe(&document.title)) " – " (safe(&document.kind)) }
                style { (PreEscaped(STYLE)) (PreEscaped(plot::STYLE)) (PreEscaped(PRINT)) }
            }
            body {
                header {
                    p class="kind" { (words.product) " · " (safe(&document.kind)) }
                    h1 { (safe(&document.title)) }
                    p class="made" { (prose(&made)) }
                }
                main {
                    (finding(&document.finding))
                    nav aria-label=(words.contents) {
                        @for section in &document.sections { a href={ "#" (section.id) } { (safe(&section.title)) } " " }
                    }
                    @for section in &document.sections {
                        section id=(section.id) {
                            h2 { (safe(&section.title)) }
                            @for block in &section.blocks { (blocks::block(block, document.language, &mut count)) }
                        }
                    }
                }
                footer { p { (safe(&document.title)) " · " (prose(&made)) } }
            }
        }
    }
}

fn finding(finding: &Finding) -> Markup {
    html! {
        div class={ "finding " (finding.badge.mood.class()) } {
            p class="statement" { (blocks::badge(&finding.badge)) " " (safe(&finding.statement)) }
            @if !finding.figures.is_empty() {
                dl class="figures" {
                    @for figure in &finding.figures {
                        div {
                            dt { (safe(&figure.name)) }
                            dd { span class="value" { (safe(&figure.value)) } span class="note" { (safe(&figure.note)) } }
                        }
                    }
                }
            }
        }
    }
}
