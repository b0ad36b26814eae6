//! What is committed about the configuration is what the list of keys gives: docs/luchs.schema.json, docs/config.md, and the
//! file that the package installs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use luchs_appliance::config::{self, Config};
use serde_json::{Map, Value};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// With sorted keys: whether `serde_json` keeps their order depends on who else is in the build.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect::<Map<_, _>>())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[test]
fn the_committed_schema_is_that_of_the_keys() {
    let path = repository("docs/luchs.schema.json");
    let schema = serde_json::to_string_pretty(&sorted(config::json_schema())).unwrap() + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        committed, schema,
        "run: UPDATE_DOCS=1 cargo test -p luchs-appliance --test config_docs"
    );
}

#[test]
fn the_reference_of_all_keys_is_that_of_the_keys() {
    const MARK: &str = "<!-- From here on: UPDATE_DOCS=1 cargo test -p luchs-appliance --test config_docs -->\n";
    let path = repository("docs/config.md");
    let page = fs::read_to_string(&path).unwrap();
    let (by_hand, reference) = page.split_once(MARK).unwrap();
    let now = config::reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{by_hand}{MARK}{now}")).unwrap();
    } else {
        assert_eq!(reference, now, "run the command that the page names");
    }
}

/// The text with the lines that are `#key = value` or `#[table]` taken out of their comments.
fn uncommented(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()) => format!("{rest}\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn the_installed_file_is_valid_as_it_is_and_with_its_four_lines() {
    let text = fs::read_to_string(repository("debian/luchs.toml")).unwrap();
    let quiet = Config::parse(&text, Config::FILE).unwrap();
    assert!(quiet.cameras.is_empty() && quiet.warnings.is_empty());
    let config = Config::parse(&uncommented(&text), Config::FILE).unwrap();
    assert_eq!((config.cameras.len(), config.warnings.len()), (1, 0));
    assert_eq!(
        uncommented(&text)
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .count(),
        4
    );
}

#[test]
fn schema_and_reader_agree() {
    let validator = jsonschema::validator_for(&config::json_schema()).unwrap();
    let with = |line: &str| format!("[broker]\nurl = \"mqtts://b\"\n[camera.gate]\nurl = \"rtsp://h/\"\n{line}\n");
    for (line, valid) in [
        ("", true),
        ("latency = \"1.5 s\"", true),
        ("latency = \"1 sec\"", false),
        ("latency = 5", false),
        ("object-class = [\"person\"]", true),
        ("object-class = \"person\"", false),
        ("transport = \"udp\"", true),
        ("transport = \"tpc\"", false),
        ("threshold = 1", true),
        ("threshold = 1.1", false),
        ("inference-region = \"0.5, 0,0.5,1\"", true),
        ("inference-region = \"full\"", false),
        ("device = \"openvino:GPU.0\"", true),
        ("device = \"gpu\"", false),
        ("latncey = \"1s\"", false),
        ("[camera.\"a b\"]\nurl = \"rtsp://h/\"", false),
        ("[camera.b]", false),
        ("[camera.b]\nurl = \"v4l2:///dev/video0\"", true),
        ("[camera.b]\nurl = \"http://h/\"", false),
        ("[http]\nlisten = \"\"", true),
        ("[http]\nlisten = \"[::1]:9464\"", true),
        ("[http]\nlisten = \"9464\"", false),
        ("[events]\nretention-bytes = \"1GiB\"", true),
        ("[events]\nretention-bytes = \"1 gig\"", false),
        ("[broker2]", false),
    ] {
        let text = with(line);
        let json: Value = toml::from_str(&text).unwrap();
        assert_eq!(validator.is_valid(&json), valid, "schema: {line}");
        assert_eq!(Config::parse(&text, Config::FILE).is_ok(), valid, "reader: {line}");
    }
}
