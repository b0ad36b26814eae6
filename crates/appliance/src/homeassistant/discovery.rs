//! What there is to see, described.

use std::collections::BTreeMap;

use luchs_scene::{Name, printable};
use serde_json::{Map, Value, json};

use super::names::{Topics, key};
use crate::status::Snapshot;

/// Labels by the key that they have in the states.
pub(super) type Labels = BTreeMap<String, String>;

/// The labels that a camera shows now.
pub(super) fn labels<'a>(objects: impl Iterator<Item = &'a String>) -> impl Iterator<Item = (String, String)> {
    objects.map(|label| (key(label), printable(label).chars().take(64).collect()))
}

/// The box.
pub(super) fn device(all: &Snapshot, device: &Name, topics: &Topics) -> Value {
    let mut parts = Parts::new(device.as_str(), all, topics);
    parts.add(
        "health",
        "sensor",
        "Health",
        "{{ value_json.health }}",
        json!({
            "device_class": "enum", "options": ["good", "degraded", "failed"],
        }),
    );
    parts.add(
        "problem",
        "binary_sensor",
        "Problem",
        "{{ value_json.problem }}",
        json!({
            "device_class": "problem", "entity_category": "diagnostic",
        }),
    );
    parts.add(
        "issue",
        "sensor",
        "Issue",
        "{{ value_json.issue }}",
        json!({ "entity_category": "diagnostic" }),
    );
    parts.add(
        "cameras_up",
        "sensor",
        "Cameras running",
        "{{ value_json.cameras_up }}",
        json!({
            "state_class": "measurement",
        }),
    );
    parts.add(
        "temperature",
        "sensor",
        "Temperature",
        "{{ value_json.temperature }}",
        json!({
            "device_class": "temperature", "unit_of_measurement": "°C", "state_class": "measurement",
            "entity_category": "diagnostic",
        }),
    );
    parts.add(
        "outbox",
        "sensor",
        "Events waiting",
        "{{ value_json.outbox }}",
        json!({
            "state_class": "measurement", "entity_category": "diagnostic",
        }),
    );
    parts.add(
        "overload",
        "binary_sensor",
        "Overload",
        "{{ value_json.overload }}",
        json!({
            "device_class": "problem", "entity_category": "diagnostic",
        }),
    );
    // The only one that is also known when the box is gone.
    parts.components.insert(
        "broker".into(),
        json!({
            "platform": "binary_sensor", "name": "Broker", "unique_id": format!("luchs_{device}_broker"),
            "device_class": "connectivity", "entity_category": "diagnostic", "state_topic": topics.availability(),
            "value_template": "{{ 'ON' if value_json.state == 'online' else 'OFF' }}",
        }),
    );
    parts.finish(
        &topics.device_state(),
        &json!({
            "identifiers": [format!("luchs_{device}")], "name": device, "manufacturer": "Luchs", "model": "Luchs",
            "sw_version": all.version,
        }),
    )
}

/// A camera of the box, with a count for each label that it has shown.
pub(super) fn camera(all: &Snapshot, device: &Name, camera: &Name, labels: &Labels, topics: &Topics) -> Value {
    let mut parts = Parts::new(&format!("{device}_{camera}"), all, topics);
    parts.add(
        "up",
        "binary_sensor",
        "Connection",
        "{{ value_json.up }}",
        json!({ "device_class": "connectivity" }),
    );
    parts.add(
        "fault",
        "sensor",
        "Fault",
        "{{ value_json.fault }}",
        json!({ "entity_category": "diagnostic" }),
    );
    parts.add(
        "fps",
        "sensor",
        "Frame rate",
        "{{ value_json.fps }}",
        json!({
            "unit_of_measurement": "fps", "state_class": "measurement", "entity_category": "diagnostic",
        }),
    );
    parts.add(
        "events",
        "sensor",
        "Events",
        "{{ value_json.events }}",
        json!({ "state_class": "total_increasing" }),
    );
    for (key, label) in labels {
        // Not by a point: “items” would be a function.
        let template = format!("{{{{ value_json.objects.get('{key}', 0) }}}}");
        parts.add(
            &format!("count_{key}"),
            "sensor",
            label,
            &template,
            json!({ "state_class": "measurement" }),
        );
    }
    parts.finish(&topics.camera_state(camera), &json!({
        "identifiers": [format!("luchs_{device}_{camera}")], "name": camera, "manufacturer": "Luchs", "model": "Camera",
        "via_device": format!("luchs_{device}"),
    }))
}

struct Parts<'a> {
    id: String,
    version: &'a str,
    availability: Value,
    components: Map<String, Value>,
}

impl<'a> Parts<'a> {
    fn new(id: &str, all: &'a Snapshot, topics: &Topics) -> Self {
        Self {
            id: format!("luchs_{id}"),
            version: &all.version,
            availability: json!([{ "topic": topics.availability(), "value_template": "{{ value_json.state }}" }]),
            components: Map::new(),
        }
    }

    fn add(&mut self, key: &str, platform: &str, name: &str, template: &str, more: Value) {
        let mut part = json!({
            "platform": platform, "name": name, "unique_id": format!("{}_{key}", self.id), "value_template": template,
            "availability": self.availability,
        });
        if let (Value::Object(part), Value::Object(more)) = (&mut part, more) {
            part.extend(more);
        }
        self.components.insert(key.to_owned(), part);
    }

    fn finish(self, state: &str, device: &Value) -> Value {
        json!({
            "device": device,
            "origin": { "name": "luchs", "sw_version": self.version },
            "state_topic": state,
            "components": self.components,
        })
    }
}
