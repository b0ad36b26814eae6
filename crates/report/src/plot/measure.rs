//! How wide text is. Fonts differ from reader to reader, so this is the width in a wide one (`DejaVu Sans`): in others text
//! is narrower, and what did not overlap still does not.

use unicode_width::UnicodeWidthChar as _;

const ELLIPSIS: char = '…';

/// Width of a line of `text` in pixels, in a font of `size` pixels.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// Advance of a character in parts of the font's size.
fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' => 0.28,
        ' ' | '\u{a0}' | '.' | ',' | ':' | ';' | '|' | '/' | '\\' | 'I' | '!' => 0.34,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | 'J' | '·' => 0.42,
        'm' | 'M' | 'W' | '%' | '…' | '–' | '—' | '@' => 1.0,
        'w' | '−' | '+' | '×' | '=' | '<' | '>' | '#' | '_' | '±' => 0.84,
        'A'..='Z' | 'Ä' | 'Ö' | 'Ü' => 0.76,
        _ if c.is_ascii() => 0.64,
        _ => match c.width() {
            None | Some(0) => 0.0,
            Some(1) => 0.7,
            Some(_) => 1.1,
        },
    }
}

/// The text, or its beginning and end around an ellipsis if it is wider than `room`. The end tells names of layers and
/// candidates apart as often as the beginning does.
pub(super) fn fitted(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let mut left = room / size - advance(ELLIPSIS);
    let (mut head, mut tail) = (0, chars.len());
    while head < tail {
        let from_front = head <= chars.len() - tail;
        let next = if from_front { chars[head] } else { chars[tail - 1] };
        left -= advance(next);
        if left < 0.0 {
            break;
        }
        if from_front {
            head += 1;
        } else {
            tail -= 1;
        }
    }
    let ends = chars[..head].iter().chain([&ELLIPSIS]).chain(&chars[tail..]);
    ends.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_whole() {
        assert_eq!(fitted("Conv_41", 12.0, 100.0), "Conv_41");
    }

    #[test]
    fn what_does_not_fit_loses_its_middle() {
        let name = "/backbone/dark2/dark2.0/conv/Conv";
        let short = fitted(name, 12.0, 120.0);
        assert!(width(&short, 12.0) <= 120.0, "{short}");
        assert!(
            short.starts_with("/backb") && short.ends_with("nv/Conv") && short.contains('…'),
            "{short}"
        );
        assert_eq!(fitted(name, 12.0, 0.0), "…");
    }

    #[test]
    fn wide_characters_count_as_wide() {
        assert!(width("門門", 10.0) > width("aa", 10.0));
        assert_eq!(width("\u{301}", 10.0), 0.0);
    }
}
