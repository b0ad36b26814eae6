//! Lines of a terminal.

use unicode_width::UnicodeWidthStr as _;

use crate::language::{NO_BREAK, NO_BREAK_HYPHEN};

/// Text of anyone: what is no text in it becomes visible.
pub(super) fn safe(text: &str) -> String {
    luchs_scene::printable(text).into_owned()
}

/// How many columns `text` takes; colours take none.
pub(super) fn columns_of(text: &str) -> usize {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().width();
    // Only styles begin with it here: up to the first m.
    first
        + parts
            .map(|part| part.split_once('m').map_or(0, |(_, rest)| rest.width()))
            .sum::<usize>()
}

/// Words in lines of at most `columns`. What is wider than a line by itself is broken where the line ends.
pub(super) fn wrap(first: &str, words: &str, margin: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut empty = true;
    let mut words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).rev().collect();
    while let Some(word) = words.pop() {
        let wide = columns_of(word);
        let used = columns_of(&line) + usize::from(!empty);
        if used + wide <= columns {
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        } else if !empty {
            lines.push(std::mem::replace(&mut line, margin.to_owned()));
            empty = true;
            words.push(word);
        } else {
            let (head, tail) = word.split_at(cut(word, columns.saturating_sub(used).max(1)));
            line.push_str(head);
            lines.push(std::mem::replace(&mut line, margin.to_owned()));
            words.push(tail);
        }
    }
    if !empty {
        lines.push(line);
    }
    // Inside a line there is nothing left to hold together.
    lines.into_iter().map(|line| loose(&line)).collect()
}

/// Without the marks that hold words together: they are of no use on a terminal, and in the way of who searches.
pub(super) fn loose(text: &str) -> String {
    text.replace(NO_BREAK, " ").replace(NO_BREAK_HYPHEN, "-")
}

/// How many bytes of `word` fit into `columns`, at least one character.
fn cut(word: &str, columns: usize) -> usize {
    let mut end = 0;
    for (start, c) in word.char_indices() {
        let next = start + c.len_utf8();
        if end > 0 && word[..next].width() > columns {
            break;
        }
        end = next;
    }
    end
}

/// The beginning of a text that is wider than `columns`, with an ellipsis.
pub(super) fn shortened(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    format!("{}…", &text[..cut(text, columns.saturating_sub(1))])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_end_between_words_and_begin_below_each_other() {
        let lines = wrap("  a  ", "one two three four", "     ", 14);
        assert_eq!(lines, ["  a  one two", "     three", "     four"]);
    }

    #[test]
    fn a_number_stays_with_its_unit() {
        assert_eq!(wrap("", "takes 7.3\u{a0}ms", "", 10), ["takes", "7.3 ms"]);
    }

    #[test]
    fn a_digest_is_broken_where_the_line_ends() {
        assert_eq!(wrap("> ", "abcdefgh", "  ", 6), ["> abcd", "  efgh"]);
    }

    #[test]
    fn colours_take_no_columns() {
        assert_eq!(columns_of("\x1b[1mab\x1b[0m c"), 4);
        assert_eq!(shortened("ä門x", 3), "ä…");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal_and_no_letter_is_lost(words in "[a-zä門 ]{0,120}", columns in 12..60_usize) {
            let lines = wrap("    ", &words, "    ", columns);
            prop_assert!(lines.iter().all(|line| columns_of(line) <= columns));
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&lines.concat()), letters(&words));
        }
    }
}
