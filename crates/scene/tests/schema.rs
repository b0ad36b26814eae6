//! The committed JSON Schema of events is the one that the types give.

use std::{fs, path::Path};

use luchs_scene::Event;
use serde_json::{Map, Value};

/// With sorted keys: whether `serde_json` keeps their order depends on who else is in the build.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| (key, sorted(value)))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/event.schema.json");
    let schema = serde_json::to_string_pretty(&sorted(Event::json_schema())).unwrap() + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default(),
        schema,
        "run: UPDATE_DOCS=1 cargo test -p luchs-scene"
    );
}
