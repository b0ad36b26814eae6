//! The reference of all keys, for docs/config.md.

use std::fmt::Write as _;

use super::{
    keys::{Default, Key, Kind, SECTIONS},
    units,
};

/// A chapter of Markdown for each table.
pub fn reference() -> String {
    let mut text = String::new();
    for section in SECTIONS {
        // Writing to a text cannot fail.
        let _written = write!(
            text,
            "\n## `{}`\n\n{}\n\n| key | takes | without it | what for |\n|---|---|---|---|\n",
            section.header(),
            section.doc
        );
        for key in section.keys {
            let default = match key.default {
                Default::Required => "**required**".to_owned(),
                Default::Value(value) => format!("`{value}`"),
                Default::Words(words) => words.to_owned(),
            };
            let (name, doc) = (key.name, key.doc);
            let _written = writeln!(
                text,
                "| `{name}` | {}, such as `{}` | {default} | {doc} |",
                takes(key),
                key.example
            );
        }
    }
    text
}

fn takes(key: &Key) -> String {
    let noun = key.kind.noun();
    let from_to =
        |least: &dyn std::fmt::Display, most: &dyn std::fmt::Display| format!("{noun} from {least} to {most}");
    match key.kind {
        Kind::Duration { least, most } => from_to(&units::show_millis(least), &units::show_millis(most)),
        Kind::Bytes { least, most } => from_to(&units::show_bytes(least), &units::show_bytes(most)),
        Kind::Whole { least, most } => from_to(&least, &most),
        Kind::Number { least, most } => from_to(&least, &most),
        _ => noun,
    }
}
