//! When a frame was captured, and by whose clock.
//!
//! Best is what the camera says: a `GstReferenceTimestampMeta` in UNIX or NTP time, as `rtspsrc
//! add-reference-timestamp-meta=true` attaches it. Otherwise the running time of the frame is put on top of the wall
//! time at which the pipeline's clock showed its base time: for a live source the moment it produced the frame, for a
//! file as if it had been recorded from the moment the pipeline began to play.

use std::time::SystemTime;

use gst::prelude::*;
use luchs_scene::{Utc, event::TimeSource};

/// The capture time of `buffer`, which has this running time in `element`.
pub(super) fn time(
    element: &gst::Element,
    buffer: &gst::BufferRef,
    running_time: Option<gst::ClockTime>,
) -> (Utc, TimeSource) {
    if let Some(told) = gst_luchs_meta::reference_time(buffer) {
        return (told, TimeSource::Ntp);
    }
    let time = running_time.and_then(|running_time| mapped(element, running_time));
    (time.unwrap_or_else(|| SystemTime::now().into()), TimeSource::Arrival)
}

fn mapped(element: &gst::Element, running_time: gst::ClockTime) -> Option<Utc> {
    let (clock, base) = (element.clock()?, element.base_time()?);
    let millis = |time: gst::ClockTime| i64::try_from(time.mseconds()).ok();
    let wall = Utc::from(SystemTime::now()).unix_millis();
    let since_base = millis(clock.time())? - millis(base)?;
    Some(Utc::from_unix_millis(wall - since_base + millis(running_time)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamped(caps: &str, millis: u64) -> gst::Buffer {
        let mut buffer = gst::Buffer::new();
        let caps: gst::Caps = caps.parse().unwrap();
        let time = gst::ClockTime::from_mseconds(millis);
        gst::ReferenceTimestampMeta::add(buffer.make_mut(), &caps, time, gst::ClockTime::NONE);
        buffer
    }

    #[test]
    fn the_cameras_own_clock_counts() {
        gst::init().unwrap();
        let element = gst::ElementFactory::make("identity").build().unwrap();
        let unix = stamped("timestamp/x-unix", 1_795_443_939_120);
        let expected = ("2026-11-23T14:25:39.120Z".to_owned(), TimeSource::Ntp);
        let told = |buffer: &gst::Buffer| {
            let (time, source) = time(&element, buffer, None);
            (time.to_string(), source)
        };
        assert_eq!(told(&unix), expected);
        let ntp = stamped("timestamp/x-ntp", 1_795_443_939_120 + 2_208_988_800_000);
        assert_eq!(told(&ntp), expected);
    }

    #[test]
    fn without_it_the_running_time_counts_from_the_base_time() {
        gst::init().unwrap();
        let element = gst::ElementFactory::make("identity").build().unwrap();
        let clock = gst::SystemClock::obtain();
        element.set_clock(Some(&clock)).unwrap();
        element.set_base_time(clock.time());
        let before = Utc::from(SystemTime::now()).unix_millis();
        let hour = gst::ClockTime::from_seconds(3600);
        let (time, source) = time(&element, &stamped("timestamp/x-drone", 5), Some(hour));
        let time = time.unix_millis();
        assert_eq!(source, TimeSource::Arrival);
        assert!((time - before - 3_600_000).abs() < 1000, "{time} {before}");
    }
}
