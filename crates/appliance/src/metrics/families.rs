//! Which metrics there are. Names follow <https://prometheus.io/docs/practices/naming/>: base units, `_total` of what only
//! grows; grafana/luchs.json uses them.

use crate::status::{CameraState, CameraStatus, DeliveryStatus, Health, Snapshot};

/// Whether a value only grows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Counter,
    Gauge,
}
use Kind::{Counter, Gauge};

/// A metric with one value for each thing that it is read from; `None`: no value now.
pub(super) struct Family<T> {
    pub(super) kind: Kind,
    /// Without `_total`, which a counter gets when it is written.
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) read: fn(&T) -> Option<f64>,
}

const fn family<T>(kind: Kind, name: &'static str, help: &'static str, read: fn(&T) -> Option<f64>) -> Family<T> {
    Family { kind, name, help, read }
}

/// 1 or 0.
pub(super) fn truth(value: bool) -> f64 {
    u8::from(value).into()
}

fn seconds(millis: Option<u64>) -> Option<f64> {
    millis.map(|millis| millis as f64 / 1e3)
}

pub(super) const CAMERA: &[Family<CameraStatus>] = &[
    family(
        Gauge,
        "luchs_camera_up",
        "Whether frames come from the camera.",
        |camera| Some(truth(camera.state == CameraState::Running)),
    ),
    family(Counter, "luchs_camera_frames", "Frames that arrived.", |camera| {
        Some(camera.frames as f64)
    }),
    family(
        Counter,
        "luchs_camera_frames_analysed",
        "Frames that the model looked at.",
        |camera| Some(camera.analysed as f64),
    ),
    family(
        Counter,
        "luchs_camera_frames_skipped",
        "Frames passed over because newer ones waited.",
        |camera| Some(camera.skipped as f64),
    ),
    family(
        Counter,
        "luchs_camera_frames_gated",
        "Frames passed over because nothing moved.",
        |camera| Some(camera.gated as f64),
    ),
    family(
        Counter,
        "luchs_camera_frames_failed",
        "Frames whose inference failed.",
        |camera| Some(camera.failed as f64),
    ),
    family(
        Gauge,
        "luchs_camera_frame_age_seconds",
        "Time since the last frame.",
        |camera| seconds(camera.frame_age_ms),
    ),
    family(
        Counter,
        "luchs_camera_events",
        "Events that the camera's objects made.",
        |camera| Some(camera.events as f64),
    ),
    family(
        Counter,
        "luchs_camera_outages",
        "Times that the camera was lost.",
        |camera| Some(camera.outages as f64),
    ),
    family(
        Gauge,
        "luchs_camera_last_outage_seconds",
        "How long frames were missing when the camera was lost last.",
        |camera| seconds(camera.last_outage_ms),
    ),
    family(
        Gauge,
        "luchs_camera_clock_offset_seconds",
        "The camera's clock minus the box's, where the camera tells its time.",
        |camera| camera.clock_offset_ms.map(|millis| millis as f64 / 1e3),
    ),
    family(
        Gauge,
        "luchs_camera_inference_interval_frames",
        "The model looks at one frame of so many.",
        |camera| Some(camera.inference_interval.into()),
    ),
];

pub(super) const DELIVERY: &[Family<DeliveryStatus>] = &[
    family(
        Gauge,
        "luchs_broker_connected",
        "Whether the broker is connected.",
        |delivery| Some(truth(delivery.connected)),
    ),
    family(
        Counter,
        "luchs_events_submitted",
        "Events handed in for delivery.",
        |delivery| Some(delivery.submitted as f64),
    ),
    family(
        Counter,
        "luchs_events_committed",
        "Events that were written to the outbox.",
        |delivery| Some(delivery.committed as f64),
    ),
    // It falls when the broker lost its memory and events are sent again: no counter.
    family(
        Gauge,
        "luchs_events_acknowledged",
        "Events that the broker has; falls when the broker lost them.",
        |delivery| Some(delivery.acknowledged as f64),
    ),
    family(
        Counter,
        "luchs_events_dropped",
        "Events given up, each announced in a gap event.",
        |delivery| Some(delivery.dropped as f64),
    ),
    family(Gauge, "luchs_outbox_bytes", "Size of the outbox.", |delivery| {
        Some(delivery.outbox_bytes as f64)
    }),
    family(
        Gauge,
        "luchs_outbox_oldest_seconds",
        "Age of the oldest event that waits; 0 if none does.",
        |delivery| seconds(delivery.oldest_ms.or(Some(0))),
    ),
    family(
        Gauge,
        "luchs_recipients",
        "Readers that events are encrypted for.",
        |delivery| Some(delivery.recipients as f64),
    ),
    family(
        Gauge,
        "luchs_broker_certificate_remaining_seconds",
        "Time until the device's certificate for the broker expires.",
        |delivery| delivery.certificate_days.map(|days| days as f64 * 86_400.0),
    ),
];

pub(super) const WHOLE: &[Family<Snapshot>] = &[
    family(Gauge, "luchs_uptime_seconds", "Time since the service began.", |all| {
        Some(all.uptime_s as f64)
    }),
    family(
        Gauge,
        "luchs_up",
        "Whether the service works, perhaps with faults (1), or not (0).",
        |all| Some(truth(all.health != Health::Failed)),
    ),
    family(
        Gauge,
        "luchs_issues",
        "Things that somebody should look after.",
        |all| Some(all.issues.iter().filter(|issue| issue.health != Health::Good).count() as f64),
    ),
    family(
        Gauge,
        "luchs_overload_shedding",
        "Whether frames are shed because the work exceeds the box.",
        |all| Some(truth(all.overload.shedding)),
    ),
    family(
        Gauge,
        "luchs_overload_share_ratio",
        "Part of the offered frames that is looked at.",
        |all| Some(all.overload.share),
    ),
    family(
        Gauge,
        "luchs_temperature_celsius",
        "The highest temperature that a thermal zone tells.",
        |all| all.system.temperature_c,
    ),
    family(
        Gauge,
        "luchs_load_ratio",
        "Load of the last minute for each CPU.",
        |all| all.system.load,
    ),
    family(Gauge, "luchs_cpus", "CPUs.", |all| Some(all.system.cpus as f64)),
    family(
        Gauge,
        "luchs_disk_free_bytes",
        "Free bytes where the outbox is.",
        |all| all.system.disk_free_bytes.map(|bytes| bytes as f64),
    ),
    family(
        Gauge,
        "luchs_clock_compared_age_seconds",
        "Time since the box's clock was compared with a time server's.",
        |all| all.system.clock_compared_s.map(|age| age as f64),
    ),
    family(
        Gauge,
        "luchs_clock_synchronised",
        "Whether the box's clock is synchronised.",
        |all| all.system.clock_synchronised.map(truth),
    ),
    family(
        Gauge,
        "process_resident_memory_bytes",
        "Resident memory of the service.",
        |all| Some(all.system.rss_bytes as f64),
    ),
    family(Gauge, "process_open_fds", "Open files of the service.", |all| {
        Some(all.system.open_files as f64)
    }),
];

pub(super) const STATES: [(CameraState, &str); 4] = [
    (CameraState::Starting, "starting"),
    (CameraState::Running, "running"),
    (CameraState::Waiting, "waiting"),
    (CameraState::Stopped, "stopped"),
];

pub(super) const HEALTHS: [(Health, &str); 3] = [
    (Health::Good, "good"),
    (Health::Degraded, "degraded"),
    (Health::Failed, "failed"),
];
