//! Points in time.

use luchs_scene::Utc;

use super::{Language, NO_BREAK};
use crate::words::blocks;

impl Language {
    /// `23 November 2026, 14:25 UTC`; in German `23. November 2026, 14:25 Uhr UTC`.
    pub fn date(self, time: Utc) -> String {
        // Always 2026-11-23T14:25:39.120Z.
        let text = time.to_string();
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        let number = |from: usize, to: usize| part(from, to).parse::<usize>().unwrap_or_default();
        let words = blocks(self);
        let months = [
            words.january,
            words.february,
            words.march,
            words.april,
            words.may,
            words.june,
            words.july,
            words.august,
            words.september,
            words.october,
            words.november,
            words.december,
        ];
        let month = months.get(number(5, 7).wrapping_sub(1)).unwrap_or(&"");
        let day = format!("{}{}", number(8, 10), self.pick("", "."));
        let clock = format!("{}{NO_BREAK}{}", part(11, 16), self.pick("UTC", "Uhr\u{a0}UTC"));
        format!("{day}{NO_BREAK}{month} {}, {clock}", part(0, 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_the_language_does() {
        let time = "2026-03-07T04:05:39.120Z".parse().unwrap();
        let plain = |language: Language| language.date(time).replace(NO_BREAK, " ");
        assert_eq!(plain(Language::English), "7 March 2026, 04:05 UTC");
        assert_eq!(plain(Language::German), "7. März 2026, 04:05 Uhr UTC");
    }

    #[test]
    fn every_month_has_its_name() {
        let month = |month: usize| {
            let time = format!("2026-{month:02}-01T00:00:00.000Z").parse().unwrap();
            Language::German.date(time)
        };
        assert!(month(1).contains("Januar") && month(12).contains("Dezember"));
        let all: std::collections::BTreeSet<_> = (1..=12).map(month).collect();
        assert_eq!(all.len(), 12);
    }
}
