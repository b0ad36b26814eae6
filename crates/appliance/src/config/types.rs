//! What a valid file says, with every default resolved and every path absolute.

use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use luchs_infer::Device;
use luchs_scene::Name;

use super::{Priority, Problem, SchedulingPolicy, Secret, Source, TrackingType, Transport, read::Places};

/// The whole configuration. It holds nothing secret but the names of files.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file that it was read from.
    pub file: PathBuf,
    /// This box.
    pub device: DeviceConfig,
    /// Where events are delivered; never none when there is a camera that is enabled.
    pub broker: Option<BrokerConfig>,
    /// Events.
    pub events: EventsConfig,
    /// The model, for all cameras that name no other.
    pub model: ModelConfig,
    /// How objects are followed.
    pub tracking: TrackingConfig,
    /// Decoding of video.
    pub decoder: DecoderConfig,
    /// The local pages.
    pub http: HttpConfig,
    /// Home Assistant.
    pub homeassistant: HomeAssistantConfig,
    /// The cameras, those that are not enabled too.
    pub cameras: BTreeMap<Name, CameraConfig>,
    /// What is allowed, but probably not meant.
    pub warnings: Vec<Problem>,
    /// Where its keys stand.
    pub(super) places: Places,
}

/// `[device]`: this box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceConfig {
    /// Its name, when the signing key is made.
    pub name: Option<Name>,
    /// Folder of what is kept: outbox, keys.
    pub state: PathBuf,
    /// Folder of the device's keys.
    pub keys: PathBuf,
}

impl DeviceConfig {
    /// File with the device's private signing key.
    pub fn signing_key(&self) -> PathBuf {
        self.keys.join("device.jwk")
    }

    /// The database of events that are not delivered yet.
    pub fn outbox(&self) -> PathBuf {
        self.state.join("outbox.db")
    }
}

/// `[broker]`: where events are delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerConfig {
    /// `mqtts://host[:port]`.
    pub url: String,
    /// PEM file with the authority that issued the broker's certificate.
    pub ca: PathBuf,
    /// PEM file with our certificate.
    pub certificate: PathBuf,
    /// PEM file with its private key, or the systemd credential `broker.key`.
    pub key: Secret,
    /// MQTT client id; none: the device's name.
    pub client_id: Option<String>,
    /// First level of all topics.
    pub topic_prefix: String,
}

/// `[events]`: what is told, to whom, and how long it waits for the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsConfig {
    /// Folder with the public keys of all who may read.
    pub recipients: PathBuf,
    /// Time between two updates of an object that stays in view; 0: every frame.
    pub update_interval: Duration,
    /// Time without being seen after which an object has ended.
    pub end_after: Duration,
    /// Most bytes of sealed events that wait.
    pub retention_bytes: u64,
    /// How long an event waits.
    pub retention_age: Duration,
}

/// `[model]`: what looks at the frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelConfig {
    /// Folder with a passport, or an ONNX file.
    pub path: PathBuf,
    /// Where it runs.
    pub device: Device,
    /// Which frames of a camera are in it at a time.
    pub scheduling_policy: SchedulingPolicy,
    /// Threads of an inference; 0: chosen.
    pub threads: u32,
}

/// `[tracking]`: how objects are followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackingConfig {
    /// The method.
    pub method: TrackingType,
    /// How long an object may be unseen before it is given up.
    pub max_lost: Duration,
    /// Frames on which an object must be seen before it gets an id.
    pub min_hits: u32,
}

/// `[decoder]`: decoding of video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecoderConfig {
    /// Whether a hardware decoder is used where there is one.
    pub hardware: bool,
}

/// `[http]`: the local pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpConfig {
    /// Where they are served; none: nowhere.
    pub listen: Option<SocketAddr>,
}

/// `[homeassistant]`: cameras, counts and health appear there by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeAssistantConfig {
    /// Whether they do.
    pub discovery: bool,
    /// First level of the discovery's topics.
    pub prefix: String,
}

/// `[camera.NAME]`: one camera. Two that are equal are run in the same way, as far as it is up to the camera.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraConfig {
    /// Where its pictures come from.
    pub url: Source,
    /// File with two lines: user, password.
    pub credentials: Secret,
    /// PEM file with the authority of an `rtsps` camera's certificate; none: the system's authorities.
    pub tls_ca: Option<PathBuf>,
    /// How the stream travels.
    pub transport: Transport,
    /// How long packets are waited for that come late or out of order.
    pub latency: Duration,
    /// The model: its own, or that of `[model]`.
    pub model: PathBuf,
    /// Where the model runs: its own choice, or that of `[model]`.
    pub device: Device,
    /// Confidence from which on a detection counts; none: the model's.
    pub threshold: Option<f32>,
    /// Labels that count; empty: all.
    pub object_class: Vec<String>,
    /// The model looks at one frame of so many, at least 1.
    pub inference_interval: u32,
    /// The part of the frame that is looked at; none: all of it.
    pub inference_region: Option<Region>,
    /// Whether frames are passed over on which nothing moved.
    pub motion_gate: bool,
    /// Most frames per second that the model looks at; none: all.
    pub max_fps: Option<f64>,
    /// Who gives way when the work exceeds the box.
    pub priority: Priority,
    /// Whether it is watched at all.
    pub enabled: bool,
    /// Whether a file begins anew at its end.
    pub repeat: bool,
}

/// A rectangle in parts of the frame, 0 to 1, inside of it and not empty. Written as luchsdetect's property has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{},{}", self.x, self.y, self.width, self.height)
    }
}

impl Config {
    /// Where the file lies if nobody says otherwise.
    pub const FILE: &'static str = "/etc/luchs/luchs.toml";

    /// The cameras that are enabled.
    pub fn enabled(&self) -> impl Iterator<Item = (&Name, &CameraConfig)> {
        self.cameras.iter().filter(|(_, camera)| camera.enabled)
    }

    /// The folder that relative paths begin in.
    pub fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("/"))
    }
}
