//! The two languages of the page.

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
}

impl Language {
    /// What the browser's owner reads rather, by `Accept-Language` (RFC 9110, 12.5.4); English if neither is wanted.
    pub(super) fn accepted(header: Option<&str>) -> Self {
        let weight = |code: &str| {
            let ranges = header.unwrap_or_default().split(',');
            ranges
                .filter_map(|range| {
                    let mut parts = range.split(';').map(str::trim);
                    let tag = parts.next()?.split('-').next()?;
                    let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
                    tag.eq_ignore_ascii_case(code).then_some(quality.unwrap_or(1.0))
                })
                .fold(0.0, f32::max)
        };
        if weight("de") > weight("en") {
            Self::German
        } else {
            Self::English
        }
    }

    /// As in `lang=`.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_read_rather() {
        let german = ["de", "de-AT,de;q=0.9,en;q=0.8", "fr, de;q=0.7, en;q=0.3"];
        assert!(
            german
                .iter()
                .all(|header| Language::accepted(Some(header)) == Language::German)
        );
        let english = ["en", "en-US,en;q=0.9,de;q=0.8", "fr", "", "*", "de;q=x,en", ";;;,q=1"];
        for header in english {
            assert_eq!(Language::accepted(Some(header)), Language::English, "{header}");
        }
        assert_eq!(Language::accepted(None), Language::English);
    }
}
