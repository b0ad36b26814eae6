//! Events about the delivery itself.

use std::{
    sync::atomic::Ordering::Relaxed,
    time::{Instant, SystemTime},
};

use luchs_scene::{
    Draft, Name, Utc,
    event::{Kind, Status},
};

use crate::{outbox::Inbox, stats::Counters};

/// Tells subscribers what has changed, as an event of `camera`.
pub(crate) fn tell(inbox: &Inbox, counters: &Counters, camera: &Name, status: Status) {
    let draft = Draft {
        status: Some(status),
        ..Draft::new(Kind::DeviceStatus, camera.clone(), Utc::from(SystemTime::now()))
    };
    counters.submitted.fetch_add(1, Relaxed);
    let dropped = inbox.submit(std::iter::once(draft), Instant::now());
    counters.dropped.fetch_add(dropped, Relaxed);
}
