//! The delivery of all cameras, held open by the service, so that the broker is served also while no camera runs.

use luchs_delivery::{Delivery, OpenError, Settings};

/// What is open, and with what.
pub(super) struct Desk {
    pub(super) delivery: Delivery,
    pub(super) settings: Settings,
}

impl Desk {
    pub(super) fn open(settings: Settings) -> Result<Self, OpenError> {
        let delivery = Delivery::open(settings.clone())?;
        Ok(Self { delivery, settings })
    }
}
