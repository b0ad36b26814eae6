//! One look at the whole. Everything that is shown anywhere (terminal, page, metrics, Home Assistant) is read from here.

use std::collections::BTreeMap;

use luchs_scene::{Histogram, Name, Utc};
use serde::{Deserialize, Serialize};

/// The whole at one moment. It holds nothing secret: no credentials, no contents of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Format of this text: `luchs.status/1`.
    pub schema: String,
    /// Version of the program.
    pub version: String,
    /// When.
    pub time: Utc,
    /// Seconds since the service began.
    pub uptime_s: u64,
    /// The device, as its signing key names it.
    pub device: Option<Name>,
    /// How it is on the whole: the worst of what follows.
    pub health: Health,
    /// What is wrong or to be done, worst first, for a person.
    pub issues: Vec<Issue>,
    /// The cameras of the configuration.
    pub cameras: BTreeMap<Name, CameraStatus>,
    /// Events on their way; none as long as there is nothing to deliver.
    pub delivery: Option<DeliveryStatus>,
    /// The engines, one for each model and device in use.
    pub engines: Vec<EngineStatus>,
    /// Whether the work exceeds the box, and what is done about it.
    pub overload: Overload,
    /// The box.
    pub system: SystemStatus,
}

/// How something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    #[default]
    Good,
    /// It works, but somebody should look.
    Degraded,
    /// It does not work.
    Failed,
}

/// Something that a person should know or do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// How bad it is.
    pub health: Health,
    /// The camera, if it is one camera's.
    pub camera: Option<Name>,
    /// What, and the remedy.
    pub text: String,
}

/// Whether a camera is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CameraState {
    /// The pipeline is being started; no frame has come yet.
    Starting,
    /// Frames come.
    Running,
    /// The camera failed, and is tried again in a while.
    Waiting,
    /// Switched off in the configuration, or at its end (a file that is not repeated).
    Stopped,
}

/// One camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraStatus {
    /// Whether it is watched.
    pub state: CameraState,
    /// Since when.
    pub since: Utc,
    /// Where it is, without credentials.
    pub url: String,
    /// Why it is not running, with the remedy.
    pub fault: Option<String>,
    /// What kind of fault, in a word: `refused`, `unauthorized`, `stalled`, …
    pub fault_kind: Option<String>,
    /// Times that it was lost, since the service began.
    pub outages: u64,
    /// How long the last outage lasted after the camera was back or until frames came again, in milliseconds.
    pub last_outage_ms: Option<u64>,
    /// Width and height of its pictures.
    pub size: Option<(u32, u32)>,
    /// Codec of its stream.
    pub codec: Option<String>,
    /// The decoder, and whether it is hardware.
    pub decoder: Option<String>,
    /// Whether it is hardware.
    pub decoder_hardware: bool,
    /// Why this decoder.
    pub decoder_reason: Option<String>,
    /// Where the time of its frames is from: `ntp` (the camera's clock by RTCP) or `arrival`.
    pub time_source: String,
    /// The camera's clock minus this box's, in milliseconds, where the camera tells its time.
    pub clock_offset_ms: Option<i64>,
    /// Frames per second that arrive, over the last seconds.
    pub fps: f64,
    /// Of these, how many a second are looked at by the model.
    pub analysed_fps: f64,
    /// Frames that arrived, since the service began.
    pub frames: u64,
    /// Frames that the model looked at.
    pub analysed: u64,
    /// Frames that were passed over because newer ones waited.
    pub skipped: u64,
    /// Frames that were passed over because nothing moved.
    pub gated: u64,
    /// Frames whose inference failed.
    pub failed: u64,
    /// Milliseconds since the last frame.
    pub frame_age_ms: Option<u64>,
    /// Milliseconds that frames which were looked at spent in the detector: median and 99th percentile.
    pub latency_ms: Option<(f64, f64)>,
    /// The same as counts, from `luchs_scene::Latencies::histogram`; empty if nobody counts.
    #[serde(default)]
    pub latency: Histogram,
    /// Objects in view now, by label; 0 of a label that was.
    pub objects: BTreeMap<String, u64>,
    /// Events that it told, since the service began.
    pub events: u64,
    /// Where its model runs.
    pub device: Option<String>,
    /// The overload policy lets the model look at one frame of so many.
    pub inference_interval: u32,
}

/// Events on their way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeliveryStatus {
    /// Whether the broker is connected.
    pub connected: bool,
    /// Why not.
    pub last_error: Option<String>,
    /// Events handed in.
    pub submitted: u64,
    /// Events on disk so far.
    pub committed: u64,
    /// Events that the broker has acknowledged.
    pub acknowledged: u64,
    /// Events that wait in the outbox.
    pub pending: u64,
    /// Events that the broker refuses for good.
    pub parked: u64,
    /// Events given up, and announced as gaps.
    pub dropped: u64,
    /// Bytes of the outbox.
    pub outbox_bytes: u64,
    /// Age of the oldest event that waits, in milliseconds.
    pub oldest_ms: Option<u64>,
    /// Readers that events are encrypted for.
    pub recipients: u64,
    /// Days until the device's certificate for the broker expires.
    pub certificate_days: Option<i64>,
}

/// An engine that cameras share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineStatus {
    /// Name of the model.
    pub model: String,
    /// Where it runs.
    pub device: String,
    /// Cameras that use it.
    pub cameras: u64,
    /// Frames that wait for a worker or are computed now.
    pub in_flight: u64,
    /// Inferences so far.
    pub inferences: u64,
    /// About how many milliseconds a run of the model took: median and 99th percentile.
    pub infer_ms: Option<(f64, f64)>,
    /// The same as counts.
    #[serde(default)]
    pub infer: Histogram,
}

/// Whether the work exceeds the box.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overload {
    /// Whether frames are shed.
    pub shedding: bool,
    /// Since when.
    pub since: Option<Utc>,
    /// Part of the offered frames that is looked at, 0 to 1.
    pub share: f64,
    /// What is done, for a person.
    pub text: Option<String>,
}

/// The box.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SystemStatus {
    /// Highest temperature that a thermal zone tells, in °C.
    pub temperature_c: Option<f64>,
    /// Load of the last minute, by CPU.
    pub load: Option<f64>,
    /// CPUs.
    pub cpus: u64,
    /// Resident bytes of this process.
    pub rss_bytes: u64,
    /// Open files of this process.
    pub open_files: u64,
    /// Free bytes where the outbox is.
    pub disk_free_bytes: Option<u64>,
    /// Whether the system's clock is synchronised; none where systemd-timesyncd does not keep it.
    pub clock_synchronised: Option<bool>,
    /// Seconds since it was last compared with a time server.
    #[serde(default)]
    pub clock_compared_s: Option<u64>,
}
