//! What was probably meant.

/// What other programs call something, and what it is called here.
const SYNONYMS: [(&str, &str); 22] = [
    ("address", "url"),
    ("host", "url"),
    ("location", "url"),
    ("source", "url"),
    ("stream", "url"),
    ("rtsp", "url"),
    ("confidence", "threshold"),
    ("confidence-threshold", "threshold"),
    ("classes", "object-class"),
    ("labels", "object-class"),
    ("objects", "object-class"),
    ("interval", "inference-interval"),
    ("roi", "inference-region"),
    ("zone", "inference-region"),
    ("fps", "max-fps"),
    ("protocol", "transport"),
    ("cert", "certificate"),
    ("cafile", "ca"),
    ("keyfile", "key"),
    ("bind", "listen"),
    ("port", "listen"),
    ("disabled", "enabled"),
];

/// Words that tell of a user or a password.
const SECRETS: [&str; 8] = [
    "user", "username", "login", "password", "passwd", "pass", "pwd", "secret",
];

/// The one of `words` that `word` is most like, if it is like any.
pub(super) fn nearest<'a>(word: &str, words: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let word = plain(word);
    // A long text is none of ours, and comparing takes its length squared.
    if word.len() > 40 {
        return None;
    }
    let synonym = SYNONYMS.iter().find(|(other, _)| *other == word).map(|(_, ours)| *ours);
    if let Some(ours) = synonym.and_then(|ours| words.clone().find(|known| *known == ours)) {
        return Some(ours);
    }
    words
        .map(|known| (strsim::damerau_levenshtein(&word, known), known))
        .filter(|(distance, known)| *distance <= (known.len().max(word.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// Whether a key of that name was to hold a user or a password.
pub(super) fn is_secret(word: &str) -> bool {
    let word = plain(word);
    SECRETS
        .iter()
        .any(|secret| word == *secret || word.ends_with(&format!("-{secret}")))
}

fn plain(word: &str) -> String {
    word.trim().to_lowercase().replace(['_', ' '], "-")
}

/// `text` as a name, with what no name can hold replaced.
pub(super) fn as_name(text: &str) -> Option<String> {
    let mut name = String::new();
    for c in text.chars().take(64) {
        match c {
            'ä' => name.push_str("ae"),
            'ö' => name.push_str("oe"),
            'ü' => name.push_str("ue"),
            'Ä' => name.push_str("Ae"),
            'Ö' => name.push_str("Oe"),
            'Ü' => name.push_str("Ue"),
            'ß' => name.push_str("ss"),
            c if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') => name.push(c),
            _ => name.push('-'),
        }
    }
    let name: String = name.trim_matches(['-', '.', '_']).chars().take(64).collect();
    name.parse::<luchs_scene::Name>().ok().map(|name| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_other_programs_words_are_understood() {
        let known = ["url", "object-class", "threshold", "transport", "max-fps", "latency"];
        for (word, expected) in [
            ("urll", Some("url")),
            ("uri", Some("url")),
            ("Object_Class", Some("object-class")),
            ("treshold", Some("threshold")),
            ("confidence", Some("threshold")),
            ("latncey", Some("latency")),
            ("fps", Some("max-fps")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known.into_iter()), expected, "{word:?}");
        }
    }

    #[test]
    fn a_name_is_made_of_what_was_written() {
        assert_eq!(as_name("Tür Süd"), Some("Tuer-Sued".into()));
        assert_eq!(as_name("a/b"), Some("a-b".into()));
        assert_eq!(as_name("門"), None);
    }
}
