//! Running `luchs bench`, and reading what it says.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::common::luchs;

/// The demo's model; `make test` fetches it.
pub(crate) fn model() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join("target/assets/models/yolox-nano").display().to_string()
}

/// The one JSON object that a run prints.
pub(crate) fn measured(arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let said = luchs(folder.path(), arguments);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(said.out.lines().count(), 1, "more than one JSON object: {}", said.out);
    serde_json::from_str(&said.out).unwrap()
}

/// A run that ends with `code` and says each of `expected`.
pub(crate) fn refused(arguments: &[&str], code: i32, expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let said = luchs(folder.path(), arguments);
    assert_eq!(said.code, code, "{}{}", said.out, said.err);
    for words in expected {
        assert!(said.err.contains(words), "nothing about “{words}” in: {}", said.err);
    }
}

/// The names of all members, those of members with a point between, those of a list's first element with `[]`.
fn keys(value: &Value, prefix: &str, into: &mut Vec<String>) {
    match value {
        // What elements count, and what they warn of, is theirs.
        _ if prefix.ends_with("stats") || prefix.ends_with("warnings") => {}
        Value::Object(members) => {
            for (name, value) in members {
                let path = if prefix.is_empty() {
                    name.clone()
                } else {
                    format!("{prefix}.{name}")
                };
                into.push(path.clone());
                keys(value, &path, into);
            }
        }
        Value::Array(list) => {
            if let Some(first) = list.first() {
                keys(first, &format!("{prefix}[]"), into);
            }
        }
        _ => {}
    }
}

/// Every member of the report stands in the documentation, and every one that stands there is in the report.
pub(crate) fn is_as_documented(report: &Value, section: &str) {
    let document = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/bench.md");
    let text = fs::read_to_string(document).unwrap();
    let section = text.split("\n## ").find(|part| part.starts_with(section)).unwrap();
    let mut documented: Vec<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name))
        .collect();
    let mut found = Vec::new();
    keys(report, "", &mut found);
    let spread = [".count", ".mean", ".p50", ".p90", ".p99", ".max"];
    let mut found: Vec<&str> = found
        .iter()
        .map(String::as_str)
        .filter(|name| !(name.contains("_ms.") && spread.iter().any(|part| name.ends_with(part))))
        .collect();
    documented.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, documented);
}

/// The number at `pointer`, as in `/latency_ms/p99`.
pub(crate) fn number(report: &Value, pointer: &str) -> f64 {
    let value = report.pointer(pointer).and_then(Value::as_f64);
    value.unwrap_or_else(|| panic!("no number at {pointer}: {report}"))
}
