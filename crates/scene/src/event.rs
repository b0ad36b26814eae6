//! Events: what Luchs tells its subscribers. Schema `luchs.event/1`; docs/event.schema.json is generated from here.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Name, Object, Rect, Size, Utc};

/// The version of the event format. A reader that does not know it must not guess.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Schema {
    /// The first version.
    #[default]
    #[serde(rename = "luchs.event/1")]
    V1,
}

/// What happened. It says which of the event's optional sections are present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Kind {
    /// A new object is being followed. Section `object`.
    #[serde(rename = "object.new")]
    ObjectNew,
    /// A followed object is still there. Section `object`.
    #[serde(rename = "object.update")]
    ObjectUpdate,
    /// A followed object is gone. Section `object`, as it was last seen.
    #[serde(rename = "object.end")]
    ObjectEnd,
    /// Events of this device are missing for good. Section `gap`.
    #[serde(rename = "gap")]
    Gap,
    /// Something about the device or one of its cameras has changed that its operator should know. Section `status`.
    #[serde(rename = "device.status")]
    DeviceStatus,
    /// The pictures of a camera no longer come: until it is back, nothing is known of what is in front of it. Section
    /// `status`.
    #[serde(rename = "camera.down")]
    CameraDown,
    /// They come again. Section `status`.
    #[serde(rename = "camera.up")]
    CameraUp,
}

/// What goes first when there is no room for all events. Within a priority the oldest go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Says again what an earlier event said; the next one makes up for it. Given up first.
    Periodic,
    /// Something changed in front of a camera.
    Change,
    /// The device, a camera or the record itself is not well. Given up last.
    Alarm,
}

impl Priority {
    /// All, lowest first.
    pub const ALL: [Self; 3] = [Self::Periodic, Self::Change, Self::Alarm];

    /// The name, for people and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Periodic => "periodic",
            Self::Change => "change",
            Self::Alarm => "alarm",
        }
    }
}

impl Kind {
    /// What an event of this kind is worth when there is no room for all.
    pub fn priority(self) -> Priority {
        match self {
            Self::ObjectUpdate => Priority::Periodic,
            Self::ObjectNew | Self::ObjectEnd => Priority::Change,
            Self::Gap | Self::DeviceStatus | Self::CameraDown | Self::CameraUp => Priority::Alarm,
        }
    }
}

/// One event as a subscriber gets it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Format of this event.
    pub schema: Schema,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Unique id of the event (UUID version 7).
    pub id: Uuid,
    /// The device that saw it.
    pub device: Name,
    /// The camera that saw it; `device` where it is about the device itself and not one of its cameras.
    pub camera: Name,
    /// One run of the device's software; track ids are unique per camera and boot.
    pub boot: Uuid,
    /// The numbering that `seq` belongs to. A device begins a new one only when its outbox was replaced.
    pub epoch: Uuid,
    /// Number of the event within `epoch`, without holes, never reused. (device, epoch, seq) identifies an event.
    pub seq: u64,
    /// When the frame was captured, or for `gap`, `device.status`, `camera.down` and `camera.up` when it was noticed.
    pub time: Utc,
    /// Whose clock `time` is of, where there is a frame. Absent: this was not noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_source: Option<TimeSource>,
    /// Stream time of the frame in nanoseconds, where there is a frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_time_ns: Option<u64>,
    /// Size of the frame that `object.pixels` refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<Size>,
    /// The object, for `object.*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<TrackedObject>,
    /// What is missing, for `gap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// What has changed, for `device.status`, `camera.down` and `camera.up`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// Whose clock a frame's time is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TimeSource {
    /// The camera's own, as it told it with its pictures (RTCP sender reports, in NTP time). As right as that clock is.
    Ntp,
    /// The device's, when the frame arrived: later than the capture by the way through camera and network. For a file, as if
    /// it had been recorded from the moment it began to be played.
    Arrival,
}

impl TimeSource {
    /// The name in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ntp => "ntp",
            Self::Arrival => "arrival",
        }
    }
}

/// An object under observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrackedObject {
    /// Track id, unique per camera and boot.
    pub id: u64,
    /// Class name.
    pub label: Arc<str>,
    /// Class index in the model's labels.
    pub label_id: u32,
    /// Confidence on this frame, 0 to 1.
    pub confidence: f32,
    /// Highest confidence so far.
    pub top_confidence: f32,
    /// Where, as parts of the frame's width and height.
    #[serde(rename = "box")]
    pub normalized: NormalizedBox,
    /// Where, in pixels of the frame.
    pub pixels: PixelBox,
    /// When it was first seen.
    pub first_seen: Utc,
    /// When it was last seen.
    pub last_seen: Utc,
}

/// A box in parts of the frame, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NormalizedBox {
    /// Left edge.
    pub x_min: f32,
    /// Top edge.
    pub y_min: f32,
    /// Right edge.
    pub x_max: f32,
    /// Bottom edge.
    pub y_max: f32,
}

/// A box in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PixelBox {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width.
    pub w: u32,
    /// Height.
    pub h: u32,
}

/// Events that were numbered but will never arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// How many are missing. Fewer than the numbers from the first to the last, if some in between were kept.
    pub count: u64,
    /// The first missing number.
    pub from_seq: u64,
    /// The last missing number.
    pub to_seq: u64,
    /// Why.
    pub reason: GapReason,
}

/// Why events are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    /// The outbox could not be written (disk full, read-only), and what waited in memory grew past its limit.
    StorageFailed,
    /// Retention dropped the oldest of the least priority to stay within its limits.
    Retention,
}

/// How the device or the camera of the event fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// What has changed.
    pub condition: Condition,
    /// The same for a person, with the cause and the remedy.
    pub text: String,
}

/// What has changed about a device or a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Condition {
    /// The detector gives no usable results for this camera: until it recovers, missing objects mean nothing.
    #[serde(rename = "detector.failing")]
    DetectorFailing,
    /// The detector works again.
    #[serde(rename = "detector.recovered")]
    DetectorRecovered,
    /// A certificate that the device needs to deliver events runs out soon, or has run out: the text says which and when.
    #[serde(rename = "certificate.expiring")]
    CertificateExpiring,
    /// It was renewed.
    #[serde(rename = "certificate.renewed")]
    CertificateRenewed,
    /// The broker refuses events for good, and they are kept on the device: the text says which and why.
    #[serde(rename = "events.refused")]
    EventsRefused,
    /// The broker takes events again that it had refused.
    #[serde(rename = "events.accepted")]
    EventsAccepted,
    /// A camera's pictures no longer come: the text says why, and what to do.
    #[serde(rename = "camera.lost")]
    CameraLost,
    /// They come again.
    #[serde(rename = "camera.back")]
    CameraBack,
    /// There is more to compute than the device can: fewer frames are looked at. No event is given up for it.
    #[serde(rename = "overload.shedding")]
    OverloadShedding,
    /// All frames that should be are looked at again.
    #[serde(rename = "overload.over")]
    OverloadOver,
}

/// A text that names no [`Condition`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no condition that is known here")]
pub struct UnknownCondition(String);

impl Condition {
    const ALL: [Self; 10] = [
        Self::DetectorFailing,
        Self::DetectorRecovered,
        Self::CertificateExpiring,
        Self::CertificateRenewed,
        Self::EventsRefused,
        Self::EventsAccepted,
        Self::CameraLost,
        Self::CameraBack,
        Self::OverloadShedding,
        Self::OverloadOver,
    ];

    /// The kind of the event that tells it.
    pub fn kind(self) -> Kind {
        match self {
            Self::CameraLost => Kind::CameraDown,
            Self::CameraBack => Kind::CameraUp,
            _ => Kind::DeviceStatus,
        }
    }

    /// The name in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DetectorFailing => "detector.failing",
            Self::DetectorRecovered => "detector.recovered",
            Self::CertificateExpiring => "certificate.expiring",
            Self::CertificateRenewed => "certificate.renewed",
            Self::EventsRefused => "events.refused",
            Self::EventsAccepted => "events.accepted",
            Self::CameraLost => "camera.lost",
            Self::CameraBack => "camera.back",
            Self::OverloadShedding => "overload.shedding",
            Self::OverloadOver => "overload.over",
        }
    }
}

impl std::str::FromStr for Condition {
    type Err = UnknownCondition;

    fn from_str(text: &str) -> Result<Self, UnknownCondition> {
        Self::ALL
            .into_iter()
            .find(|condition| condition.as_str() == text)
            .ok_or_else(|| UnknownCondition(crate::printable(text).chars().take(80).collect()))
    }
}

/// An event before it has a number: what happened, where and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What happened.
    pub kind: Kind,
    /// The camera that saw it, or [`Name::of_device`].
    pub camera: Name,
    /// When.
    pub time: Utc,
    /// Whose clock that is, where there is a frame.
    pub time_source: Option<TimeSource>,
    /// Stream time of the frame in nanoseconds.
    pub stream_time_ns: Option<u64>,
    /// Size of the frame.
    pub frame: Option<Size>,
    /// The object, for `object.*`.
    pub object: Option<TrackedObject>,
    /// What is missing, for `gap`.
    pub gap: Option<Gap>,
    /// What has changed, for `device.status`, `camera.down` and `camera.up`.
    pub status: Option<Status>,
}

/// Where in the device's numbering an event stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    /// Unique id of the event.
    pub id: Uuid,
    /// The device.
    pub device: Name,
    /// One run of the device's software.
    pub boot: Uuid,
    /// The numbering.
    pub epoch: Uuid,
    /// The number.
    pub seq: u64,
}

impl Draft {
    /// With none of the optional parts.
    pub fn new(kind: Kind, camera: Name, time: Utc) -> Self {
        Self {
            kind,
            camera,
            time,
            time_source: None,
            stream_time_ns: None,
            frame: None,
            object: None,
            gap: None,
            status: None,
        }
    }

    /// Makes it an event.
    pub fn stamped(self, stamp: Stamp) -> Event {
        let Stamp {
            id,
            device,
            boot,
            epoch,
            seq,
        } = stamp;
        let Self {
            kind,
            camera,
            time,
            time_source,
            stream_time_ns,
            frame,
            object,
            gap,
            status,
        } = self;
        Event {
            schema: Schema::V1,
            kind,
            id,
            device,
            camera,
            boot,
            epoch,
            seq,
            time,
            time_source,
            stream_time_ns,
            frame,
            object,
            gap,
            status,
        }
    }
}

impl Event {
    /// The MQTT topic it belongs on, below `prefix` (usually `luchs`).
    pub fn topic(&self, prefix: &str) -> String {
        topic(prefix, &self.device, &self.camera)
    }

    /// The JSON Schema of the format, as committed in docs/event.schema.json.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

/// The MQTT topic of a camera's events: `<prefix>/<device>/<camera>/events`.
pub fn topic(prefix: &str, device: &Name, camera: &Name) -> String {
    format!("{prefix}/{device}/{camera}/events")
}

impl NormalizedBox {
    /// `rect` clipped to the frame and divided by its size.
    pub fn new(rect: &Rect, frame: Size) -> Self {
        let r = rect.clipped(frame);
        let (w, h) = (frame.width.max(1) as f32, frame.height.max(1) as f32);
        Self {
            x_min: r.x / w,
            y_min: r.y / h,
            x_max: r.right() / w,
            y_max: r.bottom() / h,
        }
    }
}

impl PixelBox {
    /// `rect` clipped to the frame and rounded to whole pixels.
    pub fn new(rect: &Rect, frame: Size) -> Self {
        let r = rect.clipped(frame);
        let (x, y) = (r.x.round() as u32, r.y.round() as u32);
        Self {
            x,
            y,
            w: (r.right().round() as u32).saturating_sub(x),
            h: (r.bottom().round() as u32).saturating_sub(y),
        }
    }
}

impl TrackedObject {
    /// The facts of `object` (which must have a track) on a frame of `frame`; None if it has no track.
    pub fn new(object: &Object, frame: Size, first_seen: Utc, last_seen: Utc, top_confidence: f32) -> Option<Self> {
        Some(Self {
            id: object.track_id?,
            label: object.label.clone(),
            label_id: object.label_id,
            confidence: object.confidence,
            top_confidence,
            normalized: NormalizedBox::new(&object.rect, frame),
            pixels: PixelBox::new(&object.rect, frame),
            first_seen,
            last_seen,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        let time = Utc::from_unix_millis(1_795_443_939_120);
        let size = Size {
            width: 768,
            height: 576,
        };
        let object = Object {
            rect: Rect {
                x: -4.0,
                y: 10.4,
                w: 50.0,
                h: 100.0,
            },
            label_id: 0,
            label: "person".into(),
            confidence: 0.5,
            track_id: Some(3),
        };
        Draft {
            time_source: Some(TimeSource::Ntp),
            stream_time_ns: Some(40_000_000),
            frame: Some(size),
            object: TrackedObject::new(&object, size, time, time, 0.75),
            ..Draft::new(Kind::ObjectNew, "gate".parse().unwrap(), time)
        }
        .stamped(Stamp {
            id: Uuid::nil(),
            device: "box".parse().unwrap(),
            boot: Uuid::nil(),
            epoch: Uuid::nil(),
            seq: 9,
        })
    }

    #[test]
    fn json_and_back() {
        let text = serde_json::to_string(&event()).unwrap();
        assert!(
            text.contains(r#""type":"object.new""#) && text.contains(r#""schema":"luchs.event/1""#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event());
    }

    #[test]
    fn an_event_from_before_times_had_a_source_is_still_read() {
        let mut json = serde_json::to_value(event()).unwrap();
        assert_eq!(json["time_source"], TimeSource::Ntp.as_str());
        json.as_object_mut().unwrap().remove("time_source");
        let old: Event = serde_json::from_value(json).unwrap();
        assert_eq!((old.time_source, old.seq), (None, 9));
    }

    #[test]
    fn what_tells_of_the_device_and_its_cameras_goes_last_when_there_is_no_room() {
        for (kind, name) in [
            (Kind::CameraDown, "camera.down"),
            (Kind::CameraUp, "camera.up"),
            (Kind::DeviceStatus, "device.status"),
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), name);
            assert_eq!(kind.priority(), Priority::Alarm);
        }
    }

    #[test]
    fn a_condition_is_named_alike_in_json_and_in_text() {
        for condition in Condition::ALL {
            let json = serde_json::to_value(condition).unwrap();
            assert_eq!(json, condition.as_str());
            assert_eq!(condition.as_str().parse(), Ok(condition));
        }
        assert!("detector.asleep".parse::<Condition>().is_err());
    }

    #[test]
    fn boxes_stay_inside_the_frame() {
        let object = event().object.unwrap();
        assert_eq!(
            object.pixels,
            PixelBox {
                x: 0,
                y: 10,
                w: 46,
                h: 100
            }
        );
        assert_eq!(object.normalized.x_min, 0.0);
    }

    #[test]
    fn another_schema_is_refused_and_a_new_field_of_this_one_is_not() {
        let mut json = serde_json::to_value(event()).unwrap();
        json["added_later"] = 1.into();
        assert_eq!(serde_json::from_value::<Event>(json.clone()).unwrap(), event());
        json["schema"] = "luchs.event/2".into();
        assert!(serde_json::from_value::<Event>(json).is_err());
    }
}
