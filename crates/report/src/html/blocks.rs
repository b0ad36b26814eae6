//! The parts of sections.

use maud::{Markup, html};

use super::{pictures, prose, safe, table};
use crate::{
    Language,
    document::{Badge, Block, Command, Fact, Figure, SignOff},
    plot::Canvas,
    prose::Prose,
    words::blocks as words,
};

/// Widths that plots are drawn for: a page on a desk or on paper, and a phone.
const WIDE: f64 = 760.0;
const NARROW: f64 = 346.0;

/// What has been numbered so far.
#[derive(Default)]
pub(super) struct Counter {
    figures: u64,
    pub(super) pictures: u64,
}

pub(super) fn block(block: &Block, language: Language, count: &mut Counter) -> Markup {
    match block {
        Block::Heading(title, mark) => html! {
            h3 { (safe(title)) @if let Some(mark) = mark { " " (badge(mark)) } }
        },
        Block::Prose(text) => html! { p { (prose(text)) } },
        Block::List(points) => html! { ul { @for point in points { li { (prose(point)) } } } },
        Block::Notice(mood, text) => html! {
            p class={ "notice " (mood.class()) } { b aria-hidden="true" { (mood.sign()) } span { (prose(text)) } }
        },
        Block::Facts(all) => facts(all),
        Block::Table(whole) => table::table(whole),
        Block::Figure(whole) => figure(whole, language, count),
        Block::Pictures(pairs) => pictures::pairs(pairs, count),
        Block::Commands(all) => commands(all),
        Block::SignOff(whole) => sign_off(whole, language),
    }
}

pub(super) fn badge(badge: &Badge) -> Markup {
    html! {
        span class={ "badge " (badge.mood.class()) } {
            b aria-hidden="true" { (badge.mood.sign()) } " " (safe(&badge.word))
        }
    }
}

fn facts(facts: &[Fact]) -> Markup {
    html! {
        dl class="facts" {
            @for fact in facts {
                div {
                    dt { (safe(&fact.name)) }
                    dd { @if fact.code { code { (safe(&fact.value)) } } @else { (safe(&fact.value)) } }
                }
            }
        }
    }
}

/// Drawn twice, as text in a plot cannot flow: the style shows the one that fits.
fn figure(figure: &Figure, language: Language, count: &mut Counter) -> Markup {
    count.figures += 1;
    let number = count.figures;
    let draw = |kind: &str, width: f64| {
        let id = format!("plot-{number}-{kind}");
        figure.plot.draw(&Canvas {
            id: &id,
            width,
            language,
        })
    };
    let title = Prose::fill(words(language).figure, &[("n", number.to_string())]);
    html! {
        figure {
            div class="plot wide" { (draw("wide", WIDE)) }
            div class="plot narrow" { (draw("narrow", NARROW)) }
            figcaption { b { (prose(&title)) "." } " " (prose(&figure.caption)) }
        }
    }
}

fn commands(commands: &[Command]) -> Markup {
    html! {
        @for command in commands {
            p class="purpose" { (safe(&command.purpose)) }
            // A line ends between the parts of a command, not at a hyphen within one.
            pre { code {
                @for (index, part) in command.text.split(' ').enumerate() {
                    @if index > 0 { " " }
                    span { (safe(part)) }
                }
            } }
        }
    }
}

fn sign_off(sign_off: &SignOff, language: Language) -> Markup {
    let words = words(language);
    html! {
        div class="sign-off" {
            p { (prose(&sign_off.about)) }
            (facts(&sign_off.facts))
            h3 { (words.sign_off) }
            ul class="choices" {
                @for choice in [words.released, words.conditions, words.refused] {
                    li { span class="tick-box" aria-hidden="true" {} (choice) }
                }
            }
            div class="lines" {
                div class="full" { span { (words.remarks) } }
                @for line in [words.name, words.role, words.place, words.signature] { div { span { (line) } } }
            }
        }
    }
}
