//! The camera's own clock.

use luchs_scene::Utc;

/// Milliseconds from 1900, where NTP begins, to 1970.
const NTP_TO_UNIX_MS: i64 = 2_208_988_800_000;

/// When the camera says that it captured the frame: a `GstReferenceTimestampMeta` in UNIX or NTP time, as `rtspsrc
/// add-reference-timestamp-meta=true` attaches it. None if it does not say.
pub fn reference_time(buffer: &gst::BufferRef) -> Option<Utc> {
    buffer.iter_meta::<gst::ReferenceTimestampMeta>().find_map(|meta| {
        let millis = i64::try_from(meta.timestamp().mseconds()).ok()?;
        match meta.reference().structure(0)?.name().as_str() {
            "timestamp/x-unix" => Some(Utc::from_unix_millis(millis)),
            "timestamp/x-ntp" => Some(Utc::from_unix_millis(millis - NTP_TO_UNIX_MS)),
            _ => None,
        }
    })
}
