//! What the appliance says about itself.

pub mod amount;
pub mod journal;
mod snapshot;
mod socket;
mod system;

use std::sync::Arc;

pub use snapshot::{
    CameraState, CameraStatus, DeliveryStatus, EngineStatus, Health, Issue, Overload, Snapshot, SystemStatus,
};
pub use socket::{ReadError, Server, StatusError, read};
pub use system::{Roots, system};

/// One look at the whole, as often as somebody asks.
pub type Look = Arc<dyn Fn() -> Snapshot + Send + Sync>;

/// Where the service tells its status.
pub const SOCKET: &str = "/run/luchs/status.sock";
