//! A page is in one language.

use std::collections::BTreeSet;

use luchs_report::{Language, Report, Screen};
use serde_json::Value;

use crate::{
    sample::{LABELLED, UNLABELLED, labelled, unlabelled},
    tags::texts,
};

/// Names, units and signs that are the same everywhere.
const SHARED: [&str; 15] = [
    "Luchs",
    "fp32",
    "mAP",
    "CPU",
    "SHA-256",
    "int8",
    "Name",
    "mAP, AP50",
    "fp32, int8",
    "ms",
    "AP50",
    "0001.jpg",
    "0002.jpg",
    "person 0.50",
    "95 %",
];

/// Every text of the report's JSON.
fn foreign(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            into.insert(text.clone());
            // Commands are shown part by part.
            let parts = text.split(' ').filter(|part| part.chars().any(char::is_alphabetic));
            into.extend(parts.map(str::to_owned));
        }
        Value::Array(values) => values.iter().for_each(|value| foreign(value, into)),
        Value::Object(values) => values.values().for_each(|value| foreign(value, into)),
        _ => {}
    }
}

fn reports() -> [(Report, &'static str); 2] {
    [(labelled(), LABELLED), (unlabelled(), UNLABELLED)]
}

/// What is left of `text` without texts of the report, the longest ones first.
fn without_foreign(text: &str, foreign: &BTreeSet<String>) -> String {
    let mut own = text.replace('\u{a0}', " ");
    let mut known: Vec<&str> = foreign.iter().map(String::as_str).chain(SHARED).collect();
    known.sort_by_key(|text| std::cmp::Reverse(text.len()));
    for name in known.into_iter().filter(|name| !name.is_empty()) {
        own = own.replace(name, " ");
    }
    own
}

/// What is left of that without numbers and signs.
fn own_words(text: &str, foreign: &BTreeSet<String>) -> String {
    let mut own = without_foreign(text, foreign);
    own.retain(|c| c.is_alphabetic() || c == ' ');
    own.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn nothing_that_is_ours_is_said_the_same_in_both_languages() {
    for (report, json) in reports() {
        let mut names = BTreeSet::new();
        foreign(&serde_json::from_str(json).unwrap(), &mut names);
        let said = |language| -> BTreeSet<String> {
            let texts = texts(&report.html(language));
            texts.iter().map(|text| own_words(text, &names)).collect()
        };
        let both: Vec<_> = said(Language::English)
            .intersection(&said(Language::German))
            .filter(|text| !is_unit(text))
            .cloned()
            .collect();
        assert_eq!(both, [""], "in both languages");
    }
}

/// Units, and bits of names that are left when numbers are gone.
fn is_unit(text: &str) -> bool {
    !text.is_empty()
        && text.split(' ').all(|word| {
            [
                "MiB", "KiB", "GiB", "min", "s", "ms", "AP50", "0001.jpg", "0002.jpg", "threads",
            ]
            .contains(&word)
        })
}

#[test]
fn every_gap_of_a_sentence_is_filled() {
    for (report, _) in reports() {
        for language in Language::ALL {
            let page = texts(&report.html(language)).join("\n");
            let terminal = report.terminal(language, Screen::default());
            for text in [page, terminal] {
                let left = ["{", "}", "**", "`"].into_iter().find(|mark| text.contains(mark));
                assert_eq!(left, None, "{text}");
            }
        }
    }
}

#[test]
fn german_numbers_have_a_comma() {
    for (report, json) in reports() {
        let mut names = BTreeSet::new();
        foreign(&serde_json::from_str(json).unwrap(), &mut names);
        for text in texts(&report.html(Language::German)) {
            let own = without_foreign(&text, &names);
            let chars: Vec<char> = own.chars().collect();
            let point = chars
                .windows(3)
                .any(|w| w[0].is_ascii_digit() && w[1] == '.' && w[2].is_ascii_digit());
            assert!(!point, "{text}");
        }
    }
    let german = labelled().html(Language::German);
    assert!(
        german.contains("23.\u{a0}November 2026, 14:25\u{a0}Uhr\u{a0}UTC"),
        "no date"
    );
    assert!(german.contains("lang=\"de\""), "no language");
}
