//! What is now.

use serde_json::{Value, json};

use super::names::key;
use crate::status::{CameraState, CameraStatus, Health, Snapshot};

/// Most characters of a state in Home Assistant.
const LONGEST: usize = 255;

fn switch(on: bool) -> &'static str {
    if on { "ON" } else { "OFF" }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Home Assistant shows `None` as unknown.
fn known<T: Into<Value>>(value: Option<T>) -> Value {
    value.map_or_else(|| "None".into(), Into::into)
}

/// The box's.
pub(super) fn device(all: &Snapshot) -> Value {
    let running = all
        .cameras
        .values()
        .filter(|camera| camera.state == CameraState::Running);
    let issue = all.issues.iter().find(|issue| issue.health != Health::Good);
    let issue = issue.map_or_else(
        || "none".to_owned(),
        |issue| match &issue.camera {
            Some(camera) => format!("{camera}: {}", issue.text),
            None => issue.text.clone(),
        },
    );
    json!({
        "health": all.health,
        "problem": switch(all.health != Health::Good),
        "issue": issue.chars().take(LONGEST).collect::<String>(),
        "cameras_up": running.count(),
        "temperature": known(all.system.temperature_c.map(f64::round)),
        "outbox": all.delivery.as_ref().map_or(0, |delivery| delivery.pending),
        "overload": switch(all.overload.shedding),
    })
}

/// A camera's. Counts of labels that were seen before and are not now are left out: their templates say 0.
pub(super) fn camera(camera: &CameraStatus) -> Value {
    let mut objects = serde_json::Map::new();
    for (label, count) in camera.objects.iter().filter(|(_, count)| **count > 0) {
        let sum = objects.entry(key(label)).or_insert_with(|| 0.into());
        *sum = (sum.as_u64().unwrap_or_default() + count).into();
    }
    json!({
        "up": switch(camera.state == CameraState::Running),
        "fault": camera.fault_kind.as_deref().unwrap_or("none"),
        "fps": tenth(camera.fps),
        "events": camera.events,
        "objects": objects,
    })
}
