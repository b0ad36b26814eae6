//! The two languages of a report, and how each writes numbers, amounts and dates.

mod amount;
mod date;
mod number;

use std::str::FromStr;

pub(crate) use self::number::{NO_BREAK, NO_BREAK_HYPHEN, NONE};

/// A language that reports are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// British English.
    #[default]
    English,
    /// German.
    German,
}

/// A text that names no [`Language`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no language of reports: use en or de")]
pub struct LanguageError(String);

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The code of BCP 47, as in `lang=`: `en`, `de`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The one of two that is in this language.
    pub(crate) fn pick<T>(self, english: T, german: T) -> T {
        match self {
            Self::English => english,
            Self::German => german,
        }
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    /// Reads `en` and `de`, also with what a locale adds: `de_AT.UTF-8`, `en-GB`.
    fn from_str(text: &str) -> Result<Self, LanguageError> {
        let code = text.split(['-', '_', '.', '@']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(code))
            .ok_or_else(|| LanguageError(luchs_scene::printable(text).chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_code_and_by_locales() {
        for text in ["de", "DE", "de_AT.UTF-8", "de-CH"] {
            assert_eq!(text.parse(), Ok(Language::German), "{text}");
        }
        for text in ["en", "en_GB.UTF-8"] {
            assert_eq!(text.parse(), Ok(Language::English), "{text}");
        }
        let message = "fr\x1b".parse::<Language>().unwrap_err().to_string();
        assert_eq!(message, "“fr\\u{1b}” is no language of reports: use en or de");
    }
}
