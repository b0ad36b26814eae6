//! Text with emphasis and code in it.
//!
//! Sentences are templates of ours: `{name}` is replaced, `**…**` is strong, `` `…` `` is code. What is put in stays plain
//! text whatever is in it, so that no name of a model or class can change how a sentence looks.

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// As it is.
    Plain(String),
    /// Emphasised.
    Strong(String),
    /// A command, an option, a name in a program.
    Code(String),
}

/// A sentence or a paragraph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose(Vec<Span>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Strong,
    Code,
}

impl Style {
    fn of(self, text: String) -> Span {
        match self {
            Self::Plain => Span::Plain(text),
            Self::Strong => Span::Strong(text),
            Self::Code => Span::Code(text),
        }
    }

    /// What comes after a mark that begins or ends `other`.
    fn toggled(self, other: Self) -> Self {
        if self == other { Self::Plain } else { other }
    }
}

impl Prose {
    /// Foreign or finished text, without emphasis.
    pub fn plain(text: impl Into<String>) -> Self {
        Self(vec![Span::Plain(text.into())])
    }

    /// A template of ours with its gaps filled. A gap that no argument is for stays as it is.
    pub fn fill<T: AsRef<str>>(template: &str, arguments: &[(&str, T)]) -> Self {
        let mut spans = Vec::new();
        let mut style = Style::Plain;
        let mut text = String::new();
        let template = bound(template);
        let mut rest = template.as_str();
        while let Some(c) = rest.chars().next() {
            let (mark, next) = match c {
                '`' => (1, style.toggled(Style::Code)),
                '*' if rest.starts_with("**") && style != Style::Code => (2, style.toggled(Style::Strong)),
                '{' => {
                    let used = gap(rest, arguments).map_or(1, |(used, value)| {
                        text.push_str(value);
                        used
                    });
                    if used == 1 {
                        text.push(c);
                    }
                    (used, style)
                }
                _ => {
                    text.push(c);
                    (c.len_utf8(), style)
                }
            };
            if next != style {
                spans.push(style.of(std::mem::take(&mut text)));
                style = next;
            }
            rest = rest.get(mark..).unwrap_or_default();
        }
        spans.push(style.of(text));
        spans.retain(|span| !span.text().is_empty());
        Self(spans)
    }

    /// Its parts, in order.
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// More of it, after a space.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        if !self.0.is_empty() && !more.0.is_empty() {
            self.0.push(Span::Plain(" ".into()));
        }
        self.0.extend(more.0);
        self
    }

    /// Without emphasis.
    pub fn to_text(&self) -> String {
        self.0.iter().map(Span::text).collect()
    }
}

impl Span {
    /// The text, without its style.
    pub fn text(&self) -> &str {
        let (Self::Plain(text) | Self::Strong(text) | Self::Code(text)) = self;
        text
    }
}

/// A number and its sign or unit stay on one line.
fn bound(template: &str) -> String {
    let mut text = template.to_owned();
    for (loose, tight) in [
        (" %", "\u{a0}%"),
        (" ×", "\u{a0}×"),
        (" ms", "\u{a0}ms"),
        ("≥ ", "≥\u{a0}"),
        ("≤ ", "≤\u{a0}"),
    ] {
        text = text.replace(loose, tight);
    }
    text
}

/// The gap that `text` begins with: its length and what belongs in.
fn gap<'a, T: AsRef<str>>(text: &str, arguments: &'a [(&str, T)]) -> Option<(usize, &'a str)> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let (_, value) = arguments.iter().find(|(argument, _)| *argument == name)?;
    Some((name.len() + 2, value.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_have_gaps_emphasis_and_code() {
        let prose = Prose::fill(
            "**Chosen** was {name}; run `luchs {verb}`.",
            &[("name", "a"), ("verb", "b")],
        );
        assert_eq!(
            prose.spans(),
            [
                Span::Strong("Chosen".into()),
                Span::Plain(" was a; run ".into()),
                Span::Code("luchs b".into()),
                Span::Plain(".".into()),
            ]
        );
    }

    #[test]
    fn what_is_put_in_stays_text() {
        let prose = Prose::fill("{name} {name}", &[("name", "**x** `y` {name}")]);
        assert_eq!(prose.spans(), [Span::Plain("**x** `y` {name} **x** `y` {name}".into())]);
    }

    #[test]
    fn numbers_stay_with_their_units() {
        let prose = Prose::fill("{n} ms, {n} %, ≥ {n}", &[("n", "7")]);
        assert_eq!(prose.to_text(), "7\u{a0}ms, 7\u{a0}%, ≥\u{a0}7");
    }

    #[test]
    fn broken_templates_lose_nothing() {
        for template in ["{", "{x", "{unknown}", "a } b", "*", "ä{ö"] {
            assert_eq!(Prose::fill::<&str>(template, &[]).to_text(), template);
        }
        assert_eq!(
            Prose::fill::<&str>("**open", &[]).spans(),
            [Span::Strong("open".into())]
        );
    }

    #[test]
    fn sentences_follow_each_other_after_a_space() {
        let both = Prose::plain("One.").and(Prose::plain("Two."));
        assert_eq!(both.to_text(), "One. Two.");
        assert_eq!(Prose::default().and(Prose::plain("Two.")).to_text(), "Two.");
    }
}
