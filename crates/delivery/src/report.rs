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
        kind: Kind::DeviceStatus,
        camera: camera.clone(),
        time: Utc::from(SystemTime::now()),
        stream_time_ns: None,
        frame: None,
        object: None,
        gap: None,
        status: Some(status),
    };
    counters.submitted.fetch_add(1, Relaxed);
    let dropped = inbox.submit(std::iter::once(draft), Instant::now());
    counters.dropped.fetch_add(dropped, Relaxed);
}
