//! How events are delivered, as the configuration has it: the same for the service and for every camera's `luchspublish`,
//! which share what is opened with equal settings.

use luchs_delivery::{BrokerSettings, Retention, Settings};

use super::LineError;
use crate::config::{BrokerConfig, Config};

/// What the delivery has to know.
pub fn delivery(config: &Config, broker: &BrokerConfig) -> Result<Settings, LineError> {
    let settings = BrokerSettings {
        url: broker.url.clone(),
        ca: broker.ca.clone(),
        certificate: broker.certificate.clone(),
        key: broker.key.locate().ok_or(LineError::NoKey)?,
        client_id: broker.client_id.clone(),
    };
    let (keys, state) = (config.device.signing_key(), config.device.outbox());
    let mut settings = Settings::new(keys, config.events.recipients.clone(), state, settings);
    settings.topic_prefix.clone_from(&broker.topic_prefix);
    settings.retention = Retention {
        bytes: config.events.retention_bytes,
        age: config.events.retention_age,
    };
    Ok(settings)
}
