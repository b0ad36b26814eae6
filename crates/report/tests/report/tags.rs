//! A page taken apart, strictly: what a browser would mend is a mistake here.

/// A piece of a page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// `<name key="value">`
    Open(String, Vec<(String, String)>),
    /// `</name>`
    Close(String),
    /// What stands between tags, with character references as they are.
    Text(String),
}

const VOID: [&str; 2] = ["meta", "br"];

/// The pieces of `page`. Panics where tags are not closed in the order in which they were opened.
pub(crate) fn pieces(page: &str) -> Vec<Piece> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").unwrap();
    let mut pieces = Vec::new();
    let mut open: Vec<String> = Vec::new();
    while !rest.is_empty() {
        let raw = open.last().is_some_and(|name| name == "style");
        let end = if raw { rest.find("</style>") } else { rest.find('<') }.unwrap_or(rest.len());
        if end > 0 {
            let text = &rest[..end];
            assert!(raw || !text.contains('>'), "a stray > in {text}");
            pieces.push(Piece::Text(text.to_owned()));
            rest = &rest[end..];
            continue;
        }
        let length = tag_length(rest);
        let inner = &rest[1..length - 1];
        rest = &rest[length..];
        if let Some(name) = inner.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "closed out of order");
            pieces.push(Piece::Close(name.to_owned()));
        } else {
            let (name, attributes) = inner.split_once(' ').unwrap_or((inner, ""));
            if !VOID.contains(&name) {
                open.push(name.to_owned());
            }
            pieces.push(Piece::Open(name.to_owned(), keys(attributes)));
        }
    }
    assert!(open.is_empty(), "{open:?} were not closed");
    pieces
}

fn tag_length(text: &str) -> usize {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at + 1,
            _ => {}
        }
    }
    panic!("a tag that does not end: {}", &text[..text.len().min(80)]);
}

fn keys(mut text: &str) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    while let Some((key, rest)) = text.trim_start().split_once("=\"") {
        let (value, rest) = rest.split_once('"').unwrap();
        assert!(
            key.chars().all(|c| c.is_ascii_alphanumeric() || "-:".contains(c)),
            "{key}"
        );
        keys.push((key.to_owned(), value.to_owned()));
        text = rest;
    }
    assert!(text.trim().is_empty(), "an attribute without a value: {text}");
    keys
}

/// What a person reads, in order, character references resolved; neither style nor policy.
pub(crate) fn texts(page: &str) -> Vec<String> {
    let mut style = false;
    let mut texts = Vec::new();
    for piece in pieces(page) {
        match piece {
            Piece::Open(name, _) => style = name == "style",
            Piece::Close(_) => style = false,
            Piece::Text(text) if !style => texts.push(resolved(&text)),
            Piece::Text(_) => {}
        }
    }
    texts.retain(|text| !text.trim().is_empty());
    texts
}

fn resolved(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// All attributes with the name of their element.
pub(crate) fn attributes(page: &str) -> Vec<(String, String, String)> {
    let opened = pieces(page).into_iter().filter_map(|piece| match piece {
        Piece::Open(name, keys) => Some((name, keys)),
        _ => None,
    });
    opened
        .flat_map(|(name, keys)| keys.into_iter().map(move |(key, value)| (name.clone(), key, value)))
        .collect()
}
