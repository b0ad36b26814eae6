//! What the appliance says about itself.

mod snapshot;

pub use snapshot::{CameraState, CameraStatus, DeliveryStatus, EngineStatus, Health, Issue, Overload, Snapshot, SystemStatus};
