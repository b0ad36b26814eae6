//! systemd's watchdog, fed only while everything advances.
//!
//! Whoever calls [`Watchdog::look`] is watched along with the rest: if the caller stands still, nothing is fed either. So it
//! is called on the service's own loop.

mod feeder;
mod judge;
mod limits;
mod manager;
mod reason;

pub use feeder::Watchdog;
pub use judge::Judge;
pub use limits::Limits;
pub use manager::Manager;
pub use reason::Reason;
