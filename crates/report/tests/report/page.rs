//! The page needs nothing else, and can be read by everyone.

use std::collections::BTreeSet;

use luchs_report::Language;

use crate::{
    sample::{labelled, unlabelled},
    tags::{Piece, attributes, pieces, texts},
};

fn pages() -> Vec<String> {
    let reports = [labelled(), unlabelled()];
    let of = |language| reports.iter().map(move |report| report.html(language));
    Language::ALL.into_iter().flat_map(of).collect()
}

#[test]
fn nothing_is_fetched_and_nothing_runs() {
    for page in pages() {
        for (element, key, value) in attributes(&page) {
            let refers = [
                "href",
                "src",
                "srcset",
                "data",
                "action",
                "poster",
                "xlink:href",
                "background",
            ];
            if refers.contains(&key.as_str()) {
                assert!(
                    value.starts_with('#') || value.starts_with("data:image/"),
                    "{element} {key}={value}"
                );
            }
            assert!(!key.starts_with("on") && key != "style", "{element} {key}={value}");
            if let Some((_, address)) = value.split_once("url(") {
                assert!(address.starts_with('#'), "{element} {key}={value}");
            }
        }
        for piece in pieces(&page) {
            if let Piece::Open(name, _) = piece {
                let bad = [
                    "script",
                    "link",
                    "iframe",
                    "object",
                    "embed",
                    "base",
                    "form",
                    "foreignObject",
                    "img",
                ];
                assert!(!bad.contains(&name.as_str()), "{name}");
            }
        }
        let style = &page[page.find("<style>").unwrap()..page.find("</style>").unwrap()];
        assert!(
            !style.contains("@import") && !style.contains("url(") && !style.contains("//"),
            "{style}"
        );
        assert!(
            page.contains("content=\"default-src 'none'; img-src data:;"),
            "no policy"
        );
    }
}

#[test]
fn every_picture_is_in_it_once() {
    for page in pages() {
        assert_eq!(page.matches("data:image/png;base64,").count(), 2);
        assert_eq!(page.matches("<use href=\"#picture-").count(), 2);
    }
}

#[test]
fn ids_are_unique_and_links_lead_somewhere() {
    for page in pages() {
        let all = attributes(&page);
        let values = |wanted: &str| -> Vec<&str> {
            let found = all.iter().filter(|(_, key, _)| key == wanted);
            found.map(|(_, _, value)| value.as_str()).collect()
        };
        let ids = values("id");
        let unique: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len());
        let links = values("href").into_iter().filter_map(|value| value.strip_prefix('#'));
        let labels = values("aria-labelledby").into_iter().flat_map(str::split_whitespace);
        let clips = values("clip-path")
            .into_iter()
            .filter_map(|value| value.strip_prefix("url(#")?.strip_suffix(')'));
        for id in links.chain(labels).chain(clips) {
            assert!(unique.contains(id), "#{id} leads nowhere");
        }
    }
}

#[test]
fn who_does_not_see_plots_and_pictures_is_told_what_they_show() {
    let page = labelled().html(Language::English);
    let drawings: Vec<_> = pieces(&page)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Open(name, keys) if name == "svg" => Some(keys),
            _ => None,
        })
        .collect();
    // Three plots in two widths, two pairs of pictures.
    assert_eq!(drawings.len(), 3 * 2 + 2 * 2);
    for keys in drawings {
        let has = |wanted: &str| keys.iter().any(|(key, value)| key == wanted && !value.is_empty());
        assert!(has("role") && (has("aria-labelledby") || has("aria-label")), "{keys:?}");
    }
    let told = "int8-table-float5: 7.79 / 32.8 (31.6\u{a0}to\u{a0}34.0)";
    assert!(page.contains(told), "the description of the plot lacks {told}");
}

#[test]
fn the_same_report_gives_the_same_page() {
    assert_eq!(labelled().html(Language::German), labelled().html(Language::German));
}

#[test]
fn what_the_page_says_in_english() {
    insta::assert_snapshot!(texts(&labelled().html(Language::English)).join("\n"));
}

#[test]
fn what_the_page_says_in_german() {
    insta::assert_snapshot!(texts(&unlabelled().html(Language::German)).join("\n"));
}
