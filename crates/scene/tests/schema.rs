//! The committed JSON Schema of events is the one that the types give.

use std::{fs, path::Path};

use luchs_scene::Event;

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/event.schema.json");
    let schema = serde_json::to_string_pretty(&Event::json_schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default(),
        schema,
        "run: UPDATE_DOCS=1 cargo test -p luchs-scene"
    );
}
