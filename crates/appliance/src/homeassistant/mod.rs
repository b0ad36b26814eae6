//! Home Assistant finds the box and its cameras by itself.
//!
//! The descriptions are of the device-based form of MQTT discovery
//! (<https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload>). What is told here is told in plain text to
//! the broker and to all who may read there: counts of objects and the health of cameras, no events.

mod discovery;
mod keeper;
mod names;
mod publisher;
mod states;

pub use keeper::HomeAssistant;
pub use names::Topics;
pub use publisher::{Message, Publisher};
