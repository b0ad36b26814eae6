use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::*;

fn pairs() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    blocks::Blocks::PAIRS
        .iter()
        .chain(Optimise::PAIRS)
        .chain(recipe::Recipe::PAIRS)
}

/// Texts that are the same in both languages: names, signs, and words that German has from English or Latin.
const SAME: &[&str] = &[
    "product",
    "name",
    "april",
    "august",
    "september",
    "november",
    "author",
    "figure_speed_value",
    "figure_points_note",
    "interval",
    "in_interval",
    "baseline",
    "head_map",
    "unit_per_frame",
    "unit_file",
    "legend_reference",
    "at_least",
    "at_most",
    "fact_digest",
    "head_ap50",
    "head_case",
    "fact_model_value",
    "fact_cpu",
    "fact_family_value",
    "fact_cpu_value",
    "fact_labels_value",
    "stage_other",
    "term_map",
    "term_integer",
];

#[test]
fn what_is_the_same_in_both_languages_is_meant_to_be() {
    let same: BTreeSet<_> = pairs().filter(|(_, en, de)| en == de).map(|pair| pair.0).collect();
    assert_eq!(same, SAME.iter().copied().collect());
}

#[test]
fn both_languages_have_the_same_gaps() {
    for (name, english, german) in pairs() {
        let gaps = |text: &'static str| -> BTreeSet<&str> {
            let ends = text.split('{').skip(1);
            ends.map(|rest| rest.split('}').next().unwrap()).collect()
        };
        assert_eq!(gaps(english), gaps(german), "{name}");
    }
}

#[test]
fn emphasis_and_code_end_where_they_should() {
    for (name, english, german) in pairs() {
        for text in [english, german] {
            let count = |mark: &str| text.matches(mark).count();
            assert!(
                count("**").is_multiple_of(2) && count("`").is_multiple_of(2),
                "{name}: {text}"
            );
            assert_eq!(count("{"), count("}"), "{name}: {text}");
        }
        let marks = |text: &str| (text.matches("**").count(), text.matches('`').count());
        assert_eq!(marks(english), marks(german), "{name}");
    }
}

#[test]
fn texts_begin_and_end_alike() {
    for (name, english, german) in pairs() {
        assert_eq!(english.is_empty(), german.is_empty(), "{name}");
        // A full stop of a word by itself is that of an abbreviation.
        let sentence = |text: &str| text.contains(' ') && text.ends_with('.');
        let ends = |text: &str| (text.starts_with(' '), text.ends_with(' '), sentence(text));
        assert_eq!(ends(english), ends(german), "{name}");
        assert!(!english.contains("  ") && !german.contains("  "), "{name}");
    }
}

/// That all of them are used the compiler tells, too; it does not tell it of texts that only other texts' names hide.
#[test]
fn no_text_is_left_over() {
    let mut code = String::new();
    for path in sources(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        code += &fs::read_to_string(path).unwrap();
    }
    for (name, ..) in pairs() {
        let used = ["words.", "words().", ")."].iter().any(|before| {
            let wanted = format!("{before}{name}");
            code.match_indices(&wanted).any(|(at, _)| {
                let next = code[at + wanted.len()..].chars().next();
                !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
            })
        });
        assert!(used, "{name} is used nowhere: remove it");
    }
}

fn sources(dir: PathBuf) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name() != Some("words".as_ref()) {
                found.extend(sources(path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn counts_agree_with_their_nouns() {
    let words = optimise(crate::Language::German);
    let of = |count| {
        counted(
            crate::Language::German,
            count,
            words.candidates_one,
            words.candidates_several,
        )
    };
    assert_eq!(of(1), "1 Kandidat");
    assert_eq!(
        (of(0), of(12_345)),
        ("0\u{a0}Kandidaten".into(), "12.345\u{a0}Kandidaten".into())
    );
}
