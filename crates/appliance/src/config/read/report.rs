//! Collects what is wrong, with its places.

use std::{collections::BTreeMap, ops::Range, path::Path};

use luchs_scene::printable;

use crate::config::{Place, Problem, Problems, Severity, redact::redact};

/// Where the keys and tables of a file stand, by their names such as `camera.gate.url`.
pub(in crate::config) type Places = BTreeMap<String, Place>;

/// More than these nobody reads.
const MOST: usize = 100;

/// Longer lines are cut.
const LINE: usize = 200;

pub(super) struct Report<'t> {
    text: &'t str,
    /// Where lines begin.
    lines: Vec<usize>,
    problems: Vec<Problem>,
}

impl<'t> Report<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            lines: std::iter::once(0).chain(breaks).collect(),
            problems: Vec::new(),
        }
    }

    /// Where `span` is.
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        let start = self.text.floor_char_boundary(span.start.min(self.text.len()));
        let end = self.text.floor_char_boundary(span.end.min(self.text.len())).max(start);
        let line = self.lines.partition_point(|begin| *begin <= start).max(1);
        let begin = self.lines[line - 1];
        let stop = self.lines.get(line).map_or(self.text.len(), |next| next - 1);
        let source = self.text[begin..stop].trim_end_matches('\r');
        let length = self.text[start..end.clamp(start, stop.max(start))]
            .trim_end()
            .chars()
            .count();
        let mut shown: String = printable(&redact(source).replace('\t', " "))
            .chars()
            .take(LINE)
            .collect();
        if shown.chars().count() == LINE {
            shown.push('…');
        }
        Place {
            line,
            column: self.text[begin..start].chars().count() + 1,
            length: length.max(1),
            source: shown,
        }
    }

    /// The same without the value behind the key: nobody knows what it is.
    pub(super) fn place_of_key(&self, span: &Range<usize>) -> Place {
        let mut place = self.place(span);
        let visible = place.column - 1 + place.length;
        let behind = place.source.char_indices().nth(visible).map(|(at, _)| at);
        if let Some(at) = behind
            && !place.source[at..].trim().is_empty()
        {
            place.source.truncate(at);
            place.source.push_str(" = …");
        }
        place
    }

    pub(super) fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Something is wrong with `key`, which stands at `place`.
    pub(super) fn error(&mut self, place: Place, key: Option<String>, message: String, help: Option<String>) {
        self.add(Problem {
            severity: Severity::Error,
            key,
            message,
            help,
            place: Some(place),
        });
    }

    /// Drops what was found in lines that could not even be parsed, other than `syntax` itself.
    pub(super) fn without_echoes(&mut self, syntax: &[Problem]) {
        let line = |problem: &Problem| problem.place.as_ref().map(|place| place.line);
        let broken: Vec<_> = syntax.iter().filter_map(line).collect();
        self.problems
            .retain(|problem| line(problem).is_none_or(|line| !broken.contains(&line)));
        self.problems.extend_from_slice(syntax);
    }

    /// All that was found, in the order of the file.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        let place = |problem: &Problem| problem.place.as_ref().map(|place| (place.line, place.column));
        self.problems.sort_by_key(place);
        self.problems.dedup();
        let more = self.problems.len().saturating_sub(MOST);
        if more > 0 {
            // An error must not be cut off by many warnings.
            self.problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
            self.problems.truncate(MOST);
            self.problems.sort_by_key(place);
            self.problems.push(Problem {
                severity: Severity::Warning,
                key: None,
                message: format!("{more} more problems are not shown"),
                help: None,
                place: None,
            });
        }
        self.problems
    }
}

/// `problems` of `file`.
pub(super) fn problems(file: &Path, problems: Vec<Problem>) -> Problems {
    Problems {
        file: file.to_owned(),
        problems,
        unread: false,
    }
}
