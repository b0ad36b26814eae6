use super::*;
use crate::status::CameraState;

fn site() -> Snapshot {
    serde_json::from_str(include_str!("../../../tests/fixtures/site.json")).unwrap()
}

fn publisher() -> Publisher {
    Publisher::new(Topics {
        discovery: "homeassistant".into(),
        base: "luchs/luchs-7f3a".into(),
    })
}

fn json(message: &Message) -> Value {
    serde_json::from_slice(message.payload.as_ref().unwrap()).unwrap()
}

/// Whether objects keep their order is up to the features that others ask of `serde_json`.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let members: BTreeMap<String, Value> = object.into_iter().collect();
            Value::Object(members.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

fn topics(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.topic.as_str()).collect()
}

#[test]
fn what_home_assistant_is_told_of_a_site() {
    let messages = publisher().update(&site(), Instant::now());
    let text: Vec<String> = messages
        .iter()
        .map(|message| format!("{}\n{:#}", message.topic, sorted(json(message))))
        .collect();
    insta::assert_snapshot!(text.join("\n\n"));
}

/// Required keys, their kinds and the known values, after Home Assistant's own schema: `DEVICE_DISCOVERY_SCHEMA` in
/// homeassistant/components/mqtt/schemas.py, and `PLATFORM_SCHEMA_MODERN` in sensor.py and `binary_sensor.py` beside it.
#[test]
fn descriptions_are_what_home_assistant_requires() {
    let messages = publisher().update(&site(), Instant::now());
    let states: Vec<&str> = topics(&messages)
        .into_iter()
        .filter(|topic| topic.ends_with("/state"))
        .collect();
    let configs: Vec<&Message> = messages
        .iter()
        .filter(|message| message.topic.ends_with("/config"))
        .collect();
    assert_eq!(configs.len(), 4);
    let mut ids = BTreeSet::new();
    for message in configs {
        // <discovery_prefix>/<component>/[<node_id>/]<object_id>/config
        let parts: Vec<&str> = message.topic.split('/').collect();
        let plain = |part: &&str| part.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        assert!(
            parts.len() == 5 && parts[1] == "device" && parts.iter().all(plain),
            "{parts:?}"
        );
        let config = json(message);
        keys(&config, &["device", "components", "origin"], &["state_topic"]);
        keys(
            &config["device"],
            &["identifiers", "name"],
            &["manufacturer", "model", "sw_version", "via_device"],
        );
        assert!(
            config["device"]["identifiers"]
                .as_array()
                .is_some_and(|ids| !ids.is_empty())
        );
        keys(&config["origin"], &["name"], &["sw_version"]);
        assert!(
            config["state_topic"]
                .as_str()
                .is_some_and(|topic| states.contains(&topic))
        );
        for (key, part) in config["components"].as_object().unwrap() {
            let more = [
                "availability",
                "entity_category",
                "device_class",
                "state_class",
                "unit_of_measurement",
                "options",
                "state_topic",
            ];
            keys(part, &["platform", "unique_id", "name", "value_template"], &more);
            assert!(ids.insert(part["unique_id"].to_string()), "{key} is there twice");
            if let Some(category) = part.get("entity_category") {
                assert_eq!(category, "diagnostic");
            }
            let class = part.get("device_class").and_then(Value::as_str);
            let state_class = part.get("state_class").and_then(Value::as_str);
            match part["platform"].as_str() {
                Some("sensor") => {
                    assert!(matches!(class, None | Some("enum" | "temperature")), "{class:?}");
                    assert!(
                        matches!(state_class, None | Some("measurement" | "total_increasing")),
                        "{state_class:?}"
                    );
                    // A list of options goes with the class enum, and with neither unit nor state class.
                    assert_eq!(part.get("options").is_some(), class == Some("enum"));
                    assert!(
                        class != Some("enum") || (state_class.is_none() && part.get("unit_of_measurement").is_none())
                    );
                }
                Some("binary_sensor") => {
                    assert!(matches!(class, Some("connectivity" | "problem")), "{class:?}");
                    assert!(state_class.is_none());
                }
                other => panic!("platform {other:?}"),
            }
            for place in part["availability"].as_array().into_iter().flatten() {
                keys(place, &["topic"], &["value_template"]);
            }
        }
    }
}

fn keys(value: &Value, required: &[&str], optional: &[&str]) {
    let object = value.as_object().unwrap();
    for key in required {
        assert!(object.contains_key(*key), "{key} is missing in {value:#}");
    }
    for key in object.keys() {
        assert!(
            required.contains(&key.as_str()) || optional.contains(&key.as_str()),
            "{key} is unknown: {value:#}"
        );
    }
}

#[test]
fn changes_that_somebody_waits_for_are_told_at_once_and_figures_seldom() {
    let (mut publisher, start, mut all) = (publisher(), Instant::now(), site());
    assert_eq!(publisher.update(&all, start).len(), 8);
    assert_eq!(publisher.update(&all, start + Duration::from_hours(1)), []);

    let gate: Name = "gate".parse().unwrap();
    let second = start + Duration::from_secs(1);
    all.cameras.get_mut(&gate).unwrap().fps = 20.0;
    assert_eq!(publisher.update(&all, second), []);
    all.cameras.get_mut(&gate).unwrap().objects.insert("person".into(), 4);
    let messages = publisher.update(&all, second);
    assert_eq!(topics(&messages), ["luchs/luchs-7f3a/status/camera/gate/state"]);
    assert_eq!(json(&messages[0])["objects"]["person"], 4);
    all.cameras.get_mut(&gate).unwrap().fps = 24.0;
    assert_eq!(publisher.update(&all, second + SELDOM).len(), 1);
    all.cameras.get_mut(&gate).unwrap().state = CameraState::Waiting;
    let messages = publisher.update(&all, second + SELDOM);
    assert!(
        messages
            .iter()
            .any(|message| message.topic.contains("gate") && json(message)["up"] == "OFF")
    );
}

#[test]
fn a_label_that_was_seen_stays_with_a_count_of_nothing() {
    let (mut publisher, mut all) = (publisher(), site());
    publisher.update(&all, Instant::now());
    all.cameras.values_mut().for_each(|camera| camera.objects.clear());
    let messages = publisher.update(&all, Instant::now());
    assert_eq!(
        topics(&messages),
        ["luchs/luchs-7f3a/status/camera/gate/state"],
        "the description is as it was"
    );
    assert_eq!(json(&messages[0])["objects"], serde_json::json!({}));
}

#[test]
fn a_camera_that_was_removed_is_forgotten_by_home_assistant() {
    let (mut publisher, mut all) = (publisher(), site());
    publisher.update(&all, Instant::now());
    all.cameras.retain(|name, _| name.as_str() != "hall");
    let messages = publisher.update(&all, Instant::now());
    let gone: Vec<_> = messages
        .iter()
        .filter(|message| message.payload.is_none())
        .cloned()
        .collect();
    assert_eq!(
        topics(&gone),
        [
            "homeassistant/device/luchs-7f3a/hall/config",
            "luchs/luchs-7f3a/status/camera/hall/state"
        ]
    );
    assert_eq!(publisher.withdraw().len(), 6);
    assert_eq!(publisher.withdraw(), []);
}
