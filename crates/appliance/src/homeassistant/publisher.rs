//! When what is told: changes that somebody waits for at once, figures that always change seldom.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use luchs_scene::Name;
use serde_json::Value;

use super::{
    discovery::{self, Labels},
    names::Topics,
    states,
};
use crate::status::Snapshot;

/// Between two states of one thing, if only figures changed.
const SELDOM: Duration = Duration::from_secs(15);
/// Figures that are no reason to tell a state at once.
const FIGURES: [&str; 4] = ["fps", "events", "temperature", "outbox"];
/// Counts of a camera: more labels than any house has, fewer than a model could make up.
const LABELS: usize = 100;

/// What is to be kept by the broker on a topic; none: what it has there is to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where.
    pub topic: String,
    /// What, as JSON.
    pub payload: Option<Vec<u8>>,
}

/// Knows what was told. To be asked about once a second.
#[derive(Debug)]
pub struct Publisher {
    topics: Topics,
    /// What is told, by topic.
    told: BTreeMap<String, (Value, Instant)>,
    labels: BTreeMap<Name, Labels>,
}

impl Publisher {
    /// Nothing is told yet.
    pub fn new(topics: Topics) -> Self {
        Self {
            topics,
            told: BTreeMap::new(),
            labels: BTreeMap::new(),
        }
    }

    /// What is to be told now. Nothing as long as the device has no name.
    pub fn update(&mut self, all: &Snapshot, now: Instant) -> Vec<Message> {
        let Some(device) = &all.device else {
            return Vec::new();
        };
        let mut wanted = vec![
            (
                self.topics.device_config(device),
                discovery::device(all, device, &self.topics),
            ),
            (self.topics.device_state(), states::device(all)),
        ];
        self.labels.retain(|camera, _| all.cameras.contains_key(camera));
        for (name, camera) in &all.cameras {
            let labels = self.labels.entry(name.clone()).or_default();
            for (key, label) in discovery::labels(camera.objects.keys()) {
                if labels.len() < LABELS {
                    labels.entry(key).or_insert(label);
                }
            }
            let description = discovery::camera(all, device, name, labels, &self.topics);
            wanted.push((self.topics.camera_config(device, name), description));
            wanted.push((self.topics.camera_state(name), states::camera(camera)));
        }
        let topics: BTreeSet<&String> = wanted.iter().map(|(topic, _)| topic).collect();
        let mut messages: Vec<Message> = Vec::new();
        self.told.retain(|topic, _| {
            let stays = topics.contains(topic);
            if !stays {
                messages.push(Message {
                    topic: topic.clone(),
                    payload: None,
                });
            }
            stays
        });
        for (topic, value) in wanted {
            if self
                .told
                .get(&topic)
                .is_none_or(|(told, when)| is_due(told, &value, now.saturating_duration_since(*when)))
            {
                messages.push(Message {
                    topic: topic.clone(),
                    payload: Some(value.to_string().into_bytes()),
                });
                self.told.insert(topic, (value, now));
            }
        }
        messages
    }

    /// Takes back all that was told: Home Assistant forgets the box and its cameras.
    pub fn withdraw(&mut self) -> Vec<Message> {
        let topics = std::mem::take(&mut self.told).into_keys();
        topics.map(|topic| Message { topic, payload: None }).collect()
    }
}

fn is_due(told: &Value, value: &Value, since: Duration) -> bool {
    let rest = |value: &Value| {
        let mut value = value.clone();
        if let Some(object) = value.as_object_mut() {
            object.retain(|key, _| !FIGURES.contains(&key.as_str()));
        }
        value
    };
    told != value && (since >= SELDOM || rest(told) != rest(value))
}

#[cfg(test)]
mod tests;
