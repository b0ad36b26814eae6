//! The JSON Schema of the file, for editors.

use serde_json::{Map, Value, json};

use super::{
    keys::{Default, Key, Kind, SECTIONS, Section},
    units,
};

/// The name of a camera or device.
const NAME: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

/// The JSON Schema (draft 2020-12) of the file, as committed in docs/luchs.schema.json. What only a person can understand
/// of a value is left to `luchs check`.
pub fn json_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "luchs.toml",
        "description": "The configuration of the Luchs appliance.",
        "type": "object",
        "additionalProperties": false,
        "properties": SECTIONS.iter().map(|section| (section.name.to_owned(), table(section))).collect::<Map<_, _>>(),
    })
}

fn table(section: &Section) -> Value {
    let required: Vec<_> = section
        .keys
        .iter()
        .filter(|key| matches!(key.default, Default::Required))
        .map(|key| key.name)
        .collect();
    let properties: Map<_, _> = section
        .keys
        .iter()
        .map(|key| (key.name.to_owned(), property(key)))
        .collect();
    let mut table = json!({
        "description": section.doc,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    if !required.is_empty() {
        table["required"] = json!(required);
    }
    if section.named {
        return json!({
            "type": "object",
            "propertyNames": { "pattern": NAME },
            "additionalProperties": table,
        });
    }
    table
}

fn property(key: &Key) -> Value {
    let mut property = match key.kind {
        Kind::Text | Kind::Path => json!({ "type": "string", "minLength": 1 }),
        Kind::Private => json!({ "type": "string", "pattern": "^(/.*|[^:]+)$" }),
        Kind::Name => json!({ "type": "string", "pattern": NAME }),
        Kind::Topic => json!({ "type": "string", "pattern": "^[^+# /]+(/[^+# /]+)*$" }),
        Kind::Duration { .. } => json!({ "type": "string", "pattern": units::time_pattern() }),
        Kind::Bytes { .. } => json!({ "type": "string", "pattern": units::size_pattern() }),
        Kind::Whole { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Number { least, most } => json!({ "type": "number", "minimum": least, "maximum": most }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Labels => json!({ "type": "array", "items": { "type": "string", "pattern": "^[^,]+$" } }),
        Kind::Broker => json!({ "type": "string", "pattern": "^(mqtts|ssl|tls)://[^@/]+/?$" }),
        Kind::Camera => {
            json!({ "type": "string", "pattern": "^([Rr][Tt][Ss][Pp][Ss]?://[^@]+|[Ff][Ii][Ll][Ee]://(localhost)?/.+|[Vv]4[Ll]2:///dev/.+)$" })
        }
        Kind::Device => {
            json!({ "type": "string", "pattern": "^([Aa][Uu][Tt][Oo]|[Cc][Pp][Uu]|([Cc][Uu][Dd][Aa]|[Tt][Ee][Nn][Ss][Oo][Rr][Rr][Tt])(:[0-9]+)?|[Oo][Pp][Ee][Nn][Vv][Ii][Nn][Oo](:[A-Z][A-Z0-9.:,_]*)?)$" })
        }
        Kind::Region => json!({ "type": "string", "pattern": "^ *[0-9.]+ *(, *[0-9.]+ *){3}$" }),
        Kind::Listen => json!({ "type": "string", "pattern": "^(|[0-9.]+:[0-9]+|\\[[0-9a-fA-F:.]+\\]:[0-9]+)$" }),
    };
    property["description"] = json!(key.doc);
    if let Some(example) = literal(key.example) {
        property["examples"] = json!([example]);
    }
    if let Default::Value(text) = key.default
        && let Some(default) = literal(text)
    {
        property["default"] = default;
    }
    property
}

/// A value as the file has it, in JSON.
fn literal(text: &str) -> Option<Value> {
    toml::from_str::<Map<String, Value>>(&format!("value = {text}"))
        .ok()?
        .remove("value")
}
