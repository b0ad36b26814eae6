//! Foreign text for people's eyes.

use std::borrow::Cow;

/// The text with everything escaped that a terminal or a reader could take for something else: control characters
/// (line breaks too), marks that turn the direction of writing, and characters without width.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_treacherous) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_treacherous(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    safe.into()
}

fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_but_text() {
        assert_eq!(printable("\x1b]0;own\x07\n\u{9b}2J"), "\\u{1b}]0;own\\u{7}\\n\\u{9b}2J");
        assert_eq!(printable("luchs/\u{202e}xob/\u{200b}"), "luchs/\\u{202e}xob/\\u{200b}");
    }

    #[test]
    fn text_in_any_script_stays_as_it_is() {
        for text in ["“Tür 1” – 門, דלת", "12 %"] {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }
}
