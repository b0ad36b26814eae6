//! The end of a stream: events are on disk before it ends, and with the broker if that does not take too long.

use std::{
    thread,
    time::{Duration, Instant},
};

use gst::subclass::prelude::*;
use luchs_delivery::{Delivery, Drained};

use super::imp::{CAT, LuchsPublish};

/// How long the end of the stream waits for the disk. Not a matter of taste: events must be committed before it ends.
const COMMIT: Duration = Duration::from_secs(10);

/// A wait for the broker that is longer than this is told about.
const SOON: Duration = Duration::from_millis(500);

/// A wait for the disk is broken off after at most this time.
const SLICE: Duration = Duration::from_millis(50);

impl LuchsPublish {
    /// Ends all objects and waits, for a bounded time and until it is cancelled, for the disk and then for the broker.
    pub(super) fn finish(&self) {
        self.end_objects();
        let undrained = self
            .state()
            .as_mut()
            .is_some_and(|state| std::mem::take(&mut state.undrained));
        let Some(claim) = self.claim().filter(|_| undrained) else {
            return;
        };
        let delivery = claim.delivery();
        if !self.commit(delivery) {
            gst::warning!(CAT, imp = self, "The outbox is slow or cannot be written");
        }
        let begun = Instant::now();
        let timeout = Duration::from_millis(u64::from(self.settings().drain_timeout));
        let mut drained = claim.drain(timeout.min(SOON), || self.is_cancelled());
        if drained == Drained::Late && timeout > SOON {
            let (pending, seconds) = (delivery.stats().pending, timeout.as_secs_f32());
            let text = format!("waiting up to {seconds} s for the broker to acknowledge {pending} events");
            gst::info!(CAT, imp = self, "{text}");
            gst::element_imp_info!(self, gst::ResourceError::Write, ("{text}"));
            let left = timeout.saturating_sub(begun.elapsed());
            drained = claim.drain(left, || self.is_cancelled());
        }
        match drained {
            Drained::All => {}
            Drained::Cancelled => gst::info!(CAT, imp = self, "The wait for the broker was broken off"),
            Drained::Unwanted | Drained::Late => self.warn_pending(delivery),
        }
    }

    /// Waits until all events are on disk.
    pub(super) fn commit(&self, delivery: &Delivery) -> bool {
        let deadline = Instant::now() + COMMIT;
        while !delivery.flush(SLICE) {
            if self.is_cancelled() || Instant::now() >= deadline {
                return false;
            }
            thread::sleep(SLICE / 10);
        }
        true
    }

    pub(super) fn warn_pending(&self, delivery: &Delivery) {
        let stats = delivery.stats();
        let outbox = delivery.outbox().display();
        let why = stats.last_error.map(|error| format!(" ({error})")).unwrap_or_default();
        gst::element_imp_warning!(
            self,
            gst::ResourceError::Write,
            (
                "{} events are not acknowledged by the broker yet{why}: they stay in {outbox} and are delivered by the next run",
                stats.pending + stats.parked
            )
        );
    }
}
