//! The few Python literals that exporters write into a model's notes.

/// So many classes are an accident.
const MOST: usize = 1 << 16;

/// The texts of `{0: 'person', 1: "car"}` in the order of their keys, or of `['person', 'car']`. Keys that are left out
/// stand for themselves. None for anything else.
pub(crate) fn names(text: &str) -> Option<Vec<String>> {
    let mut rest = Rest(text.trim());
    let end = match rest.next()? {
        '{' => '}',
        '[' | '(' => ']',
        _ => return None,
    };
    let mut names = Vec::new();
    while !(rest.eat(end) || end == ']' && rest.eat(')')) {
        let index = if end == '}' {
            let key = rest.key()?;
            rest.eat(':').then_some(key)?
        } else {
            names.len()
        };
        let name = rest.string()?;
        if index >= MOST {
            return None;
        }
        while names.len() <= index {
            names.push(names.len().to_string());
        }
        names[index] = name;
        rest.eat(',');
    }
    (rest.0.trim().is_empty() && !names.is_empty()).then_some(names)
}

/// Height and width of `[640, 480]`, or of `640`.
pub(crate) fn size(text: &str) -> Option<(u32, u32)> {
    let inner = text.trim().trim_matches(['[', ']', '(', ')']);
    let sides: Option<Vec<u32>> = inner.split(',').map(|side| side.trim().parse().ok()).collect();
    match sides?[..] {
        [height, width] => Some((height, width)),
        [side] => Some((side, side)),
        _ => None,
    }
}

struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.0.chars();
        let next = chars.next()?;
        self.0 = chars.as_str();
        Some(next)
    }

    /// Whether `wanted` comes next; then it is behind us.
    fn eat(&mut self, wanted: char) -> bool {
        self.0 = self.0.trim_start();
        let rest = self.0.strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// A number, also as a text as JSON has it.
    fn key(&mut self) -> Option<usize> {
        self.0 = self.0.trim_start();
        if self.0.starts_with(['"', '\'']) {
            return self.string()?.parse().ok();
        }
        let digits = self.0.len() - self.0.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (key, rest) = self.0.split_at(digits);
        self.0 = rest;
        key.parse().ok()
    }

    fn string(&mut self) -> Option<String> {
        self.0 = self.0.trim_start();
        let quote = self.next().filter(|quote| ['"', '\''].contains(quote))?;
        let mut text = String::new();
        loop {
            match self.next()? {
                end if end == quote => return Some(text),
                '\\' => text.push(self.escaped()?),
                other => text.push(other),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let digits = match self.next()? {
            'n' => return Some('\n'),
            't' => return Some('\t'),
            'x' => 2,
            'u' => 4,
            other => return Some(other),
        };
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.next()?.to_digit(16)?;
        }
        char::from_u32(code)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dictionaries_and_lists_are_read() {
        let cases = [
            ("{0: 'person', 1: \"driver's cab\"}", vec!["person", "driver's cab"]),
            ("{2:'c',0:'a'}", vec!["a", "1", "c"]),
            ("[ 'a', \"b\", ]", vec!["a", "b"]),
            (r#"{"0": "Stra\u00dfe", "1": "x\ty"}"#, vec!["Straße", "x\ty"]),
            (r"{0: 'it\'s', 1: '\xe4'}", vec!["it's", "ä"]),
        ];
        for (text, expected) in cases {
            assert_eq!(names(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        for text in [
            "",
            "{",
            "{}",
            "{0: 'a'",
            "{0 'a'}",
            "{99999999: 'a'}",
            "{-1: 'a'}",
            "{0: a}",
            "['a'] x",
            "['a",
        ] {
            assert_eq!(names(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_height_and_width() {
        assert_eq!(size("[384, 640]"), Some((384, 640)));
        assert_eq!(size("640"), Some((640, 640)));
        assert_eq!((size("[1, 2, 3]"), size("[a]"), size("[-1, 2]")), (None, None, None));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\{]?[0-9 :,'\"\\\\xu\\[\\]{}aä]{0,40}") {
            let _ = (names(&text), size(&text));
        }
    }
}
