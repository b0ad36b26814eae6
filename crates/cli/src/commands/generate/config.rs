//! luchs.toml(5), out of the configuration's JSON Schema.

use clap_mangen::roff::{Roff, bold, italic, roman};
use serde_json::{Map, Value};

/// An example that is enough for one camera.
const EXAMPLE: &str = r#"[broker]
url = "mqtts://broker.example"
[camera.gate]
url = "rtsp://192.168.1.20/stream1""#;

/// The page for the configuration that `schema` describes.
pub(super) fn page(schema: &Value, date: &str) -> Vec<u8> {
    let mut roff = Roff::new();
    let source = concat!("luchs ", env!("CARGO_PKG_VERSION"));
    roff.control("TH", ["LUCHS.TOML", "5", date, source, "Luchs"]);
    roff.control("SH", ["NAME"]);
    roff.text([roman("luchs.toml - configuration of the Luchs appliance")]);
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([italic("/etc/luchs/luchs.toml")]);
    roff.control("SH", ["DESCRIPTION"]);
    roff.text([roman(
        "What luchs run watches, and where it delivers what happens. TOML; keys that are not listed here are refused. Times \
         and amounts of bytes are texts with a unit, such as \"5s\" and \"256MiB\". After a change:",
    )]);
    code(&mut roff, "luchs check && systemctl reload luchs");
    roff.control("PP", []);
    roff.text([roman("These lines are enough for one camera:")]);
    code(&mut roff, EXAMPLE);
    for (name, section) in members(schema, "properties") {
        // A section of which there may be several, each with a name.
        let named = section.get("additionalProperties").filter(|table| table.is_object());
        let title = if named.is_some() {
            format!("[{name}.NAME]")
        } else {
            format!("[{name}]")
        };
        let section = named.unwrap_or(section);
        roff.control("SH", [title.as_str()]);
        if let Some(text) = section["description"].as_str() {
            roff.text([roman(text)]);
        }
        for (key, property) in members(section, "properties") {
            roff.control("TP", []);
            roff.text([bold(key.as_str()), roman(facts(section, key, property))]);
            roff.text([roman(property["description"].as_str().unwrap_or_default())]);
        }
    }
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold("luchs"), roman("(1),")]);
    roff.text([bold("luchs-check"), roman("(1)")]);
    roff.render().into_bytes()
}

fn code(roff: &mut Roff, text: &str) {
    roff.control("PP", []);
    roff.control("RS", ["4"]);
    roff.control("nf", []);
    for line in text.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff.control("RE", []);
}

/// Type, range and default, as far as the schema says them.
fn facts(section: &Value, key: &str, property: &Value) -> String {
    let required = section["required"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one == key));
    let mut facts = Vec::new();
    match (property["enum"].as_array(), property["type"].as_str()) {
        (Some(words), _) => facts.push(words.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ")),
        (None, Some("array")) => facts.push("list of texts".to_owned()),
        (None, Some("string")) => facts.push("text".to_owned()),
        (None, Some("boolean")) => facts.push("true | false".to_owned()),
        (None, Some(number)) => facts.push(number.to_owned()),
        (None, None) => {}
    }
    if let (Some(least), Some(most)) = (property.get("minimum"), property.get("maximum")) {
        facts.push(format!("{least} to {most}"));
    }
    match property.get("default") {
        Some(default) => facts.push(format!("default {default}")),
        None if required => facts.push("required".to_owned()),
        None => {}
    }
    format!(" ({})", facts.join("; "))
}

fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value
        .get(name)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}
