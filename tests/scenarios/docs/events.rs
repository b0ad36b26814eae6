//! docs/events.md describes every kind of event there is, and its examples are events.

use std::{collections::BTreeSet, fs};

use luchs_scene::Event;
use serde_json::Value;

use crate::page;

fn schema() -> Value {
    let path = luchs_tests::root().join("docs/event.schema.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The values of an enumeration of the schema.
fn values(name: &str) -> Vec<String> {
    let schema = schema();
    let values = schema["$defs"][name]["oneOf"].as_array().unwrap().iter();
    let values: Vec<_> = values
        .map(|value| value["const"].as_str().unwrap().to_owned())
        .collect();
    assert!(!values.is_empty(), "{name}");
    values
}

fn examples() -> Vec<Value> {
    let page = page::read("events.md");
    let blocks = page::blocks(&page, "json event");
    blocks
        .iter()
        .map(|block| serde_json::from_str(block).unwrap_or_else(|error| panic!("{error}: {block}")))
        .collect()
}

#[test]
fn the_examples_of_events_are_valid() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for example in examples() {
        let wrong: Vec<_> = validator.iter_errors(&example).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{}: {example}", wrong.join("; "));
        let event: Event = serde_json::from_value(example.clone()).unwrap();
        // By way of text: a value of its own would have digits that no event is sent with.
        let again: Value = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
        assert_eq!(again, example, "a member that no event has");
    }
    let broken = serde_json::json!({ "schema": "luchs.event/1", "type": "object.new" });
    assert!(!validator.is_valid(&broken), "the schema lets everything through");
}

#[test]
fn every_kind_of_event_has_an_example() {
    let shown: BTreeSet<_> = examples()
        .iter()
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect();
    let all: BTreeSet<_> = values("Kind").into_iter().collect();
    assert_eq!(shown, all);
}

#[test]
fn every_name_of_the_schema_is_described() {
    let page = page::read("events.md");
    let described = |name: &str| page.contains(&format!("`{name}`"));
    let mut names: Vec<String> = ["Kind", "Condition", "GapReason", "TimeSource"]
        .into_iter()
        .flat_map(values)
        .collect();
    let schema = schema();
    let members = |object: &Value| {
        object["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    names.extend(members(&schema));
    for part in ["TrackedObject", "NormalizedBox", "PixelBox", "Gap", "Status", "Size"] {
        names.extend(members(&schema["$defs"][part]));
    }
    let missing: Vec<_> = names.iter().filter(|name| !described(name)).collect();
    assert!(missing.is_empty(), "docs/events.md does not describe {missing:?}");
}
