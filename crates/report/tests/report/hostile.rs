//! Names of models, classes, layers, files and what programs said are text of others.

use luchs_report::{Language, Report, Screen};
use serde_json::Value;

use crate::{
    sample::{LABELLED, UNLABELLED, changed, with_pictures},
    tags::{Piece, pieces, texts},
};

const PAYLOADS: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</style></title></svg><iframe src=//evil.invalid>",
    "&lt;b&gt;&#x3c;script&#x3e;",
    "\x1b]0;own\x07\x1b[2J\n\r",
    "\u{202e}gpj.exe\u{200b}\u{2066}",
    "**bold** `code` {name} {ratio}",
    "]]>--><!--url(javascript:alert(1))",
];

/// Keys whose values are text of others.
const FOREIGN: [&str; 18] = [
    "name",
    "version",
    "digest",
    "family",
    "licence",
    "source",
    "cpu",
    "runtime",
    "option",
    "value",
    "layers",
    "reason",
    "error",
    "device",
    "operator",
    "candidate",
    "label",
    "text",
];

/// Puts `payload` before every text of others.
fn poison(value: &mut Value, key: &str, payload: &str) {
    match value {
        Value::String(text) if FOREIGN.contains(&key) || key == "forced" || key == "luchs" => {
            *text = format!("{payload}{text}");
        }
        Value::Array(values) => values.iter_mut().for_each(|value| poison(value, key, payload)),
        Value::Object(values) => values.iter_mut().for_each(|(key, value)| poison(value, key, payload)),
        _ => {}
    }
}

fn poisoned(json: &str, payload: &str) -> Report {
    let mut report = with_pictures(changed(json, |value| poison(value, "", payload)));
    for frame in &mut crate::sample::run(&mut report).frames {
        frame.name.insert_str(0, payload);
        frame.candidate.insert_str(0, payload);
        for found in frame.before.iter_mut().chain(&mut frame.after) {
            found.label.insert_str(0, payload);
        }
    }
    report
}

/// The elements of a page, without those of plots and commands: names of points that are too long have no place there, and
/// each part of a command has an element.
fn elements(page: &str) -> Vec<String> {
    let mut inside = 0;
    let mut elements = Vec::new();
    for piece in pieces(page) {
        match piece {
            Piece::Open(name, keys) => {
                inside += usize::from(name == "svg" || name == "pre" || inside > 0);
                if inside == 0 {
                    let names: Vec<_> = keys.into_iter().map(|(key, _)| key).collect();
                    elements.push(format!("{name} {names:?}"));
                }
            }
            Piece::Close(_) => inside = usize::saturating_sub(inside, 1),
            Piece::Text(_) => {}
        }
    }
    elements
}

#[test]
fn no_name_changes_what_a_page_consists_of() {
    for json in [LABELLED, UNLABELLED] {
        let clean = elements(&poisoned(json, "").html(Language::English));
        for payload in PAYLOADS {
            let page = poisoned(json, payload).html(Language::English);
            assert_eq!(elements(&page), clean, "{payload}");
        }
    }
}

#[test]
fn within_plots_there_is_nothing_but_drawing() {
    let drawing = [
        "svg", "title", "desc", "g", "text", "tspan", "rect", "circle", "path", "line", "clipPath", "image", "use",
    ];
    for payload in PAYLOADS {
        let page = poisoned(LABELLED, payload).html(Language::German);
        let mut inside = false;
        for piece in pieces(&page) {
            match piece {
                Piece::Open(name, keys) => {
                    inside |= name == "svg";
                    assert!(!inside || drawing.contains(&name.as_str()), "{name}");
                    assert!(keys.iter().all(|(key, _)| !key.starts_with("on")), "{name} {keys:?}");
                }
                Piece::Close(name) if name == "svg" => inside = false,
                _ => {}
            }
        }
    }
}

#[test]
fn names_are_read_as_they_are() {
    let page = poisoned(LABELLED, "<b>&amp;\"'").html(Language::English);
    let texts = texts(&page);
    assert!(texts.iter().any(|text| text == "<b>&amp;\"'int8-table"), "{texts:?}");
    let stars = poisoned(LABELLED, "**x** ").html(Language::English);
    assert!(
        stars.contains("**x** int8-table-float5 is to replace the model"),
        "emphasised"
    );
}

#[test]
fn what_is_no_text_becomes_visible() {
    for payload in ["\x1b[2J", "\u{202e}", "\u{200b}", "\0", "\n"] {
        let report = poisoned(LABELLED, payload);
        let page = texts(&report.html(Language::English)).join(" ");
        let shown: String = payload.chars().next().unwrap().escape_default().collect();
        assert!(!page.contains(payload) && page.contains(&shown), "{payload:?}");
        let text = report.terminal(Language::English, Screen::default());
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}' || c == '\u{200b}';
        assert!(!text.contains(bad), "{text:?}");
        assert!(text.contains(&shown), "{payload:?}");
    }
}
