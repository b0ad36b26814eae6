//! The summary on a terminal.

use luchs_report::{Language, Report, Screen};
use unicode_width::UnicodeWidthStr as _;

use crate::sample::{labelled, unlabelled};

fn plain(report: &Report, language: Language) -> String {
    report.terminal(language, Screen::default())
}

#[test]
fn a_candidate_was_chosen() {
    insta::assert_snapshot!(plain(&labelled(), Language::English));
}

#[test]
fn a_candidate_was_forced() {
    insta::assert_snapshot!(plain(&unlabelled(), Language::German));
}

/// Commands are to be pasted: they are never broken.
fn is_command(line: &str) -> bool {
    line.starts_with("    luchs ")
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for report in [labelled(), unlabelled()] {
        for language in Language::ALL {
            for columns in [40, 60, 80, 100] {
                let screen = Screen { columns, colour: false };
                let text = report.terminal(language, screen);
                for line in text.lines().filter(|line| !is_command(line)) {
                    assert!(line.width() <= columns, "{columns}: {line}");
                }
            }
        }
    }
}

#[test]
fn colours_only_where_they_are_understood_and_they_move_nothing() {
    let report = labelled();
    let plain = plain(&report, Language::English);
    assert!(!plain.contains('\x1b'));
    let screen = Screen {
        columns: 80,
        colour: true,
    };
    let coloured = report.terminal(Language::English, screen);
    assert!(coloured.contains("\x1b[32m"));
    assert_eq!(without_colours(&coloured), plain);
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').unwrap().1)
}

#[test]
fn no_style_reaches_over_the_end_of_a_line() {
    let screen = Screen {
        columns: 40,
        colour: true,
    };
    for line in labelled().terminal(Language::German, screen).lines() {
        let last = line.rsplit_once('\x1b').map_or("", |(_, style)| style);
        assert!(last.is_empty() || last.starts_with("[0m"), "{line:?}");
    }
}
