//! The properties of luchstrack.

use std::{sync::LazyLock, time::Duration};

use gst::{glib, prelude::*};
use luchs_analytics::tracker::{self, Mode};

use super::TrackingType;

/// What a user can set; the defaults of the properties.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) tracker: tracker::Settings,
    pub(super) drop_untracked: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tracker: tracker::Settings::default(),
            drop_untracked: true,
        }
    }
}

/// The longest `max-lost`, in milliseconds.
const MAX_LOST_MS: u32 = 600_000;

impl Settings {
    pub(super) fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            let default = Settings::default();
            let part = |name: &str, nick: &str, blurb: &str, value: f32| {
                glib::ParamSpecFloat::builder(name)
                    .nick(nick)
                    .blurb(blurb)
                    .minimum(0.0)
                    .maximum(1.0)
                    .default_value(value)
                    .mutable_playing()
                    .build()
            };
            vec![
                glib::ParamSpecEnum::builder_with_default("tracking-type", default.tracking_type())
                    .nick("Tracking type")
                    .blurb("How objects are followed")
                    .mutable_playing()
                    .build(),
                glib::ParamSpecUInt::builder("max-lost")
                    .nick("Max lost")
                    .blurb("Milliseconds that an object may be unseen before it is given up")
                    .maximum(MAX_LOST_MS)
                    .default_value(default.max_lost())
                    .mutable_playing()
                    .build(),
                glib::ParamSpecUInt::builder("min-hits")
                    .nick("Min hits")
                    .blurb("Frames on which an object must be seen before it gets an id; on the first frame once is enough")
                    .minimum(1)
                    .maximum(1000)
                    .default_value(default.tracker.min_hits)
                    .mutable_playing()
                    .build(),
                part(
                    "track-threshold",
                    "Track threshold",
                    "Confidence from which on a detection counts as confident",
                    default.tracker.track_threshold,
                ),
                part(
                    "low-threshold",
                    "Low threshold",
                    "Confidence from which on a detection can continue a track (bytetrack only); below it is ignored",
                    default.tracker.low_threshold,
                ),
                part(
                    "new-threshold",
                    "New track threshold",
                    "Confidence from which on a detection that fits no track begins one",
                    default.tracker.new_threshold,
                ),
                part(
                    "match-threshold",
                    "Match threshold",
                    "Highest cost at which a confident detection continues a track: 1 − IoU · confidence for bytetrack, \
                     1 − IoU for sort",
                    default.tracker.match_threshold,
                ),
                glib::ParamSpecBoolean::builder("drop-untracked")
                    .nick("Drop untracked")
                    .blurb("Remove objects that no track follows, so that what comes after sees only tracks")
                    .default_value(default.drop_untracked)
                    .mutable_playing()
                    .build(),
                glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
                    .nick("Statistics")
                    .blurb(
                        "Frames, tracks (ids given) and active (objects being followed) since start; posted as an \
                         element message at the end of the stream, too",
                    )
                    .read_only()
                    .build(),
            ]
        });
        &PROPERTIES
    }

    /// Sets the property `name`; an error if the value is of another type.
    pub(super) fn set(&mut self, name: &str, value: &glib::Value) -> Result<(), glib::value::ValueTypeMismatchError> {
        let tracker = &mut self.tracker;
        match name {
            "tracking-type" => {
                tracker.mode = match value.get()? {
                    TrackingType::ByteTrack => Mode::ByteTrack,
                    TrackingType::Sort => Mode::Sort,
                }
            }
            "max-lost" => tracker.max_lost = Duration::from_millis(u64::from(value.get::<u32>()?)),
            "min-hits" => tracker.min_hits = value.get()?,
            "track-threshold" => tracker.track_threshold = value.get()?,
            "low-threshold" => tracker.low_threshold = value.get()?,
            "new-threshold" => tracker.new_threshold = value.get()?,
            "match-threshold" => tracker.match_threshold = value.get()?,
            "drop-untracked" => self.drop_untracked = value.get()?,
            _ => {}
        }
        Ok(())
    }

    /// The value of `property`.
    pub(super) fn get(&self, property: &glib::ParamSpec) -> glib::Value {
        match property.name() {
            "tracking-type" => self.tracking_type().to_value(),
            "max-lost" => self.max_lost().to_value(),
            "min-hits" => self.tracker.min_hits.to_value(),
            "track-threshold" => self.tracker.track_threshold.to_value(),
            "low-threshold" => self.tracker.low_threshold.to_value(),
            "new-threshold" => self.tracker.new_threshold.to_value(),
            "match-threshold" => self.tracker.match_threshold.to_value(),
            "drop-untracked" => self.drop_untracked.to_value(),
            _ => property.default_value().clone(),
        }
    }

    fn tracking_type(&self) -> TrackingType {
        match self.tracker.mode {
            Mode::ByteTrack => TrackingType::ByteTrack,
            Mode::Sort => TrackingType::Sort,
        }
    }

    fn max_lost(&self) -> u32 {
        u32::try_from(self.tracker.max_lost.as_millis())
            .unwrap_or(MAX_LOST_MS)
            .min(MAX_LOST_MS)
    }
}
