//! A problem as compilers show theirs: the line, and below it where.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use luchs_appliance::config::{Problem, Severity};
use luchs_scene::printable;

/// Some lines for one problem, with an empty one at the end.
pub(super) fn render(file: &str, problem: &Problem) -> String {
    let (color, word) = match problem.severity {
        Severity::Error => (AnsiColor::BrightRed, "error"),
        Severity::Warning => (AnsiColor::BrightYellow, "warning"),
    };
    let (strong, frame, bold) = (
        color.on_default().bold(),
        AnsiColor::BrightBlue.on_default().bold(),
        Style::new().bold(),
    );
    let mut text = format!(
        "{strong}{word}{strong:#}{bold}: {}{bold:#}\n",
        printable(&problem.message)
    );
    // Writing to a text cannot fail.
    let _written = match &problem.place {
        Some(place) => {
            let number = place.line.to_string();
            let margin = " ".repeat(number.len());
            let caret = caret(&place.source, place.column, place.length).map_or(String::new(), |marks| {
                format!("{margin} {frame}|{frame:#} {strong}{marks}{strong:#}\n")
            });
            write!(
                text,
                "{margin}{frame}-->{frame:#} {file}:{number}:{}\n{margin} {frame}|{frame:#}\n{frame}{number} |{frame:#} {}\n{caret}",
                place.column, place.source
            )
            .and_then(|()| help(&mut text, &margin, frame, problem))
        }
        None => writeln!(text, " {frame}-->{frame:#} {file}").and_then(|()| help(&mut text, "", frame, problem)),
    };
    text + "\n"
}

fn help(text: &mut String, margin: &str, frame: Style, problem: &Problem) -> std::fmt::Result {
    match &problem.help {
        Some(help) => writeln!(text, "{margin} {frame}={frame:#} help: {}", printable(help)),
        None => Ok(()),
    }
}

/// The marks below `source`; none if the place is not in the part that is shown.
fn caret(source: &str, column: usize, length: usize) -> Option<String> {
    let shown = source.chars().count();
    // A place at the very end of a line is behind its last character.
    (column <= shown + 1).then(|| {
        let length = length.min((shown + 1).saturating_sub(column)).max(1);
        format!("{}{}", " ".repeat(column - 1), "^".repeat(length))
    })
}

#[cfg(test)]
mod tests {
    use super::caret;

    #[test]
    fn marks_stay_below_the_line() {
        assert_eq!(caret("a = 1", 5, 1).as_deref(), Some("    ^"));
        assert_eq!(caret("a = …", 5, 30).as_deref(), Some("    ^"));
        assert_eq!(caret("", 1, 1).as_deref(), Some("^"));
        assert_eq!(caret("short", 20, 3), None);
    }
}
