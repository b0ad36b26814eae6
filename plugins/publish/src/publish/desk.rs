//! What holds the outbox open, from READY on.

use std::sync::Arc;

use gst::subclass::prelude::*;
use luchs_delivery::{Claim, Delivery, Listener, Notice, Severity};

use super::{
    imp::{CAT, LuchsPublish},
    properties::Settings,
};

/// From READY on: what holds the outbox open.
pub(super) struct Desk {
    pub(super) claim: Arc<Claim>,
    _listener: Listener,
    /// What it was opened with.
    opened: Settings,
}

impl LuchsPublish {
    /// The claim for the camera; opened anew if properties were changed in READY.
    pub(super) fn current_claim(&self) -> Result<Arc<Claim>, String> {
        let settings = self.settings().clone();
        let old = self.desk().take_if(|desk| !desk.opened.same_desk(&settings));
        // Without the lock, as the last notices may come in; and before another is opened on the same outbox.
        drop(old);
        if let Some(claim) = self.claim() {
            return Ok(claim);
        }
        let desk = self.open()?;
        let claim = desk.claim.clone();
        *self.desk() = Some(desk);
        Ok(claim)
    }

    /// Checks all settings and opens the outbox.
    pub(super) fn open(&self) -> Result<Desk, String> {
        let settings = self.settings().clone();
        let camera = settings.camera().map_err(|error| error.to_string())?;
        let delivery = settings.delivery().map_err(|error| error.to_string())?;
        let delivery = Delivery::open(delivery).map_err(|error| error.to_string())?;
        let element = self.obj().downgrade();
        let listener = delivery.listen(move |notice| {
            if let Some(element) = element.upgrade() {
                tell(&element, notice);
            }
        });
        gst::info!(
            CAT,
            imp = self,
            "Events of device {}, camera {camera}",
            delivery.device()
        );
        let claim = delivery.claim(camera).map_err(|error| error.to_string())?;
        Ok(Desk {
            claim: Arc::new(claim),
            _listener: listener,
            opened: settings,
        })
    }
}

/// Passes a notice on to whoever watches the bus. Never as an error, which would end the pipeline: events are kept.
fn tell(element: &super::LuchsPublish, notice: &Notice) {
    let error = gst::ResourceError::Write;
    match notice.severity {
        Severity::Info => {
            gst::info!(CAT, obj = element, "{notice}");
            gst::element_info!(element, error, ("{notice}"));
        }
        Severity::Warning | Severity::Error => {
            gst::warning!(CAT, obj = element, "{notice}");
            gst::element_warning!(element, error, ("{notice}"));
        }
    }
}
