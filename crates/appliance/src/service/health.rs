//! How the device is, in plain text for the broker to keep: for those who watch many devices and read no events.

use luchs_delivery::Delivery;
use serde_json::json;

use crate::status::Snapshot;

/// States `<prefix>/<device>/status/health`: states and counts only, no addresses, no texts, nothing of what is seen.
#[derive(Default)]
pub(super) struct HealthTopic {
    told: Option<String>,
}

impl HealthTopic {
    /// To be called now and then; tells only what changed.
    pub(super) fn update(&mut self, delivery: &Delivery, all: &Snapshot) {
        let cameras: serde_json::Map<_, _> = all
            .cameras
            .iter()
            .map(|(name, camera)| (name.to_string(), json!(camera.state)))
            .collect();
        let text = json!({
            "schema": "luchs.health/1",
            "version": all.version,
            "health": all.health,
            "cameras": cameras,
            "shedding": all.overload.shedding,
        })
        .to_string();
        if self.told.as_ref() == Some(&text) {
            return;
        }
        match delivery.retain(&delivery.status_topic("health"), Some(text.as_bytes())) {
            Ok(()) => self.told = Some(text),
            Err(error) => tracing::debug!(%error, "the health is not stated"),
        }
    }
}
