//! The one file of configuration.
//!
//! [`Config`] is what a valid file says, with every default resolved and every path absolute. A file that is not valid
//! gives [`Problems`]: all of them at once, each with its place and a remedy.

mod inspect;
mod keys;
mod manual;
mod problem;
mod read;
mod redact;
mod schema;
mod secret;
mod source;
mod types;
mod units;
mod value;
mod words;

pub use manual::reference;
pub use problem::{Place, Problem, Problems, Severity};
pub use schema::json_schema;
pub use secret::Secret;
pub use source::{Source, SourceError};
pub use types::{
    BrokerConfig, CameraConfig, Config, DecoderConfig, DeviceConfig, EventsConfig, HomeAssistantConfig, HttpConfig,
    ModelConfig, Region, TrackingConfig,
};
pub use words::{Priority, SchedulingPolicy, TrackingType, Transport};
