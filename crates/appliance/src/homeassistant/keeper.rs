//! Tells by way of the delivery, whose connection it is.

use std::time::Instant;

use luchs_delivery::Delivery;

use super::{Message, Publisher, Topics};
use crate::status::Snapshot;

/// Home Assistant, as the service sees it.
#[derive(Debug)]
pub struct HomeAssistant {
    prefix: String,
    publisher: Publisher,
    complained: bool,
}

impl HomeAssistant {
    /// For a delivery; `discovery` is the first level of Home Assistant's topics.
    pub fn new(delivery: &Delivery, discovery: &str) -> Self {
        let status = delivery.status_topic("");
        Self {
            prefix: discovery.to_owned(),
            publisher: Publisher::new(Topics {
                discovery: discovery.to_owned(),
                base: status.trim_end_matches("/status/").to_owned(),
            }),
            complained: false,
        }
    }

    /// First level of the discovery's topics.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Tells what is new. To be called about once a second.
    pub fn update(&mut self, delivery: &Delivery, all: &Snapshot) {
        let messages = self.publisher.update(all, Instant::now());
        self.keep(delivery, &messages);
    }

    /// Takes everything back: discovery was switched off.
    pub fn withdraw(&mut self, delivery: &Delivery) {
        let messages = self.publisher.withdraw();
        self.keep(delivery, &messages);
    }

    fn keep(&mut self, delivery: &Delivery, messages: &[Message]) {
        for message in messages {
            let kept = delivery.retain(&message.topic, message.payload.as_deref());
            if let Err(error) = kept
                && !std::mem::replace(&mut self.complained, true)
            {
                tracing::warn!(%error, "Home Assistant is not told everything");
            }
        }
    }
}
