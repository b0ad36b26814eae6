//! What the element tells the application.

use std::time::Duration;

use gst::subclass::prelude::*;
use luchs_delivery::Delivery;

use super::imp::LuchsPublish;

impl LuchsPublish {
    /// Says once that there is no tracker, after `patience` frames with objects.
    pub(super) fn warn_untracked(&self, patience: u64) {
        let clear = {
            let mut guard = self.state();
            let count = guard
                .as_mut()
                .and_then(|state| state.untracked.take_if(|count| *count >= patience));
            count.is_some()
        };
        if clear {
            gst::element_imp_warning!(
                self,
                gst::StreamError::WrongType,
                ("objects come without track ids, so there is nothing to tell: put luchstrack before luchspublish, and no converter or scaler between the two, as those drop ids")
            );
        }
    }

    pub(super) fn stats(&self) -> gst::Structure {
        let (frames, events) = self
            .state()
            .as_ref()
            .map_or((0, 0), |state| (state.frames, state.events));
        let claim = self.claim();
        let delivery = claim.as_ref().map(|claim| claim.delivery());
        let stats = delivery.map(Delivery::stats).unwrap_or_default();
        let latencies = delivery.map(Delivery::commit_latencies).unwrap_or_default();
        let millis = |took: Duration| took.as_secs_f64() * 1e3;
        gst::Structure::builder("luchs-stats")
            .field("element", "luchspublish")
            .field("frames", frames)
            .field("events-of-camera", events)
            .field("events-submitted", stats.submitted)
            .field("events-sealed", stats.committed)
            .field("events-acknowledged", stats.acknowledged)
            .field("events-pending", stats.pending)
            .field("events-parked", stats.parked)
            .field("events-dropped", stats.dropped)
            .field("events-unsubscribed", stats.unsubscribed)
            .field("average-commit-latency-ms", millis(latencies.average()))
            .field("commit-latency-p50-ms", millis(latencies.percentile(0.5)))
            .field("commit-latency-p99-ms", millis(latencies.percentile(0.99)))
            .field("max-commit-latency-ms", millis(latencies.max()))
            .field("connected", stats.connected)
            .field_if_some("last-error", stats.last_error)
            .build()
    }
}
