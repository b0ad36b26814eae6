//! What the service tells subscribers about cameras and about itself.

use std::time::Duration;

use luchs_delivery::Delivery;
use luchs_scene::event::{Condition, Status};

use crate::{
    camera::{Fault, Listener},
    pipeline::Line,
};

/// Tells of one camera's ups and downs: to the journal, and as events.
pub(super) struct Teller {
    delivery: Delivery,
    /// What was told last, so that nothing is told twice.
    told: Option<bool>,
}

impl Teller {
    pub(super) fn new(delivery: Delivery) -> Self {
        Self { delivery, told: None }
    }

    fn tell(&self, line: &Line, condition: Condition, text: String) {
        self.delivery.tell(&line.camera, Status { condition, text });
    }

    fn is_news(&mut self, up: bool) -> bool {
        self.told.replace(up) != Some(up)
    }
}

impl Listener for Teller {
    fn up(&mut self, line: &Line, outage: Option<Duration>) {
        let camera = &line.camera;
        let text = match outage {
            Some(outage) => format!("frames come again, after {:.1} s", outage.as_secs_f64()),
            None => format!("frames come from {}", line.shown),
        };
        tracing::info!(%camera, "{text}");
        // A recording that begins anew was never away.
        if self.is_news(true) {
            self.tell(line, Condition::CameraBack, text);
        }
    }

    fn down(&mut self, line: &Line, fault: &Fault) {
        let camera = &line.camera;
        tracing::warn!(%camera, kind = fault.kind.as_str(), "{}: {fault}", line.shown);
        if self.is_news(false) {
            let text = format!("{}: {fault}", line.shown);
            self.tell(line, Condition::CameraLost, text);
        }
    }
}
