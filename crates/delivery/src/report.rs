//! Events about the delivery itself.

use std::{
    sync::atomic::Ordering::Relaxed,
    time::{Instant, SystemTime},
};

use luchs_scene::{Draft, Name, Utc, event::Status};

use crate::{outbox::Inbox, stats::Counters};

/// Tells subscribers what has changed, as an event of `camera`, or of the device ([`Name::of_device`]).
pub(crate) fn tell(inbox: &Inbox, counters: &Counters, camera: &Name, status: Status) {
    let kind = status.condition.kind();
    let draft = Draft {
        status: Some(status),
        ..Draft::new(kind, camera.clone(), Utc::from(SystemTime::now()))
    };
    counters.submitted.fetch_add(1, Relaxed);
    let dropped = inbox.submit(std::iter::once(draft), Instant::now());
    counters.dropped.fetch_add(dropped, Relaxed);
}
