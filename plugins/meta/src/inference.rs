//! Whether a detector looked at a frame: no objects on a frame that nobody looked at does not mean that they are gone.

use std::sync::{LazyLock, Once};

use gst::glib;

const NAME: &str = "LuchsInferenceSkipped";
/// In the mark, where nothing moves.
const STILL: &str = "still";

/// Makes the mark known to GStreamer. Each plug-in calls it when it is loaded: each is a library of its own that holds a
/// copy of this function, and only GStreamer, which loads one at a time, knows what another one has registered.
pub fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if !gst::meta::CustomMeta::is_registered(NAME) {
            gst::meta::CustomMeta::register(NAME, &[]);
        }
    });
}

/// Marks a frame that the detector passed on without looking at it.
pub fn mark_skipped(buffer: &mut gst::BufferRef) {
    mark(buffer, false);
}

/// Marks a frame that the detector passed on without looking at it because nothing moves: what was there still is.
pub fn mark_still(buffer: &mut gst::BufferRef) {
    mark(buffer, true);
}

fn mark(buffer: &mut gst::BufferRef, still: bool) {
    register();
    // An earlier detector's reasons are its own.
    unmark_skipped(buffer);
    match gst::meta::CustomMeta::add(buffer, NAME) {
        Ok(mut mark) if still => mark.mut_structure().set(STILL, true),
        Ok(_) => {}
        Err(_) => gst::warning!(gst::CAT_RUST, "could not mark a frame as skipped"),
    }
}

/// Takes the mark of an earlier detector off: one looks at the frame now.
pub fn unmark_skipped(buffer: &mut gst::BufferRef) {
    if was_inferred(buffer) {
        return;
    }
    if let Ok(mark) = gst::meta::CustomMeta::from_mut_buffer(buffer, NAME)
        && mark.remove().is_err()
    {
        gst::warning!(gst::CAT_RUST, "could not take the mark of a skipped frame off");
    }
}

/// Whether a detector looked at the frame. True for detectors that do not say. Allocates nothing.
pub fn was_inferred(buffer: &gst::BufferRef) -> bool {
    api().is_none_or(|api| buffer.iter_meta::<gst::Meta>().all(|meta| meta.api() != api))
}

/// The type of the mark: asking for it by name takes a copy of the name each time.
fn api() -> Option<glib::Type> {
    static API: LazyLock<Option<glib::Type>> = LazyLock::new(|| {
        register();
        let mut buffer = gst::Buffer::new();
        gst::meta::CustomMeta::add(buffer.make_mut(), NAME).ok()?;
        buffer.iter_meta::<gst::Meta>().next().map(|mark| mark.api())
    });
    *API
}

/// Whether the frame was passed on because nothing moves.
pub fn is_still(buffer: &gst::BufferRef) -> bool {
    !was_inferred(buffer)
        && gst::meta::CustomMeta::from_buffer(buffer, NAME).is_ok_and(|mark| mark.structure().get(STILL) == Ok(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stays_until_it_is_taken_off() {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::new();
        assert!(was_inferred(&buffer));
        mark_skipped(buffer.make_mut());
        assert!(!was_inferred(&buffer) && !was_inferred(&buffer.copy()));
        unmark_skipped(buffer.make_mut());
        unmark_skipped(buffer.make_mut());
        assert!(was_inferred(&buffer));
    }

    #[test]
    fn a_still_frame_is_one_that_was_skipped() {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::new();
        mark_still(buffer.make_mut());
        assert!(is_still(&buffer) && is_still(&buffer.copy()) && !was_inferred(&buffer));
        mark_skipped(buffer.make_mut());
        assert!(!is_still(&buffer) && !was_inferred(&buffer));
        unmark_skipped(buffer.make_mut());
        assert!(!is_still(&buffer) && was_inferred(&buffer));
    }
}
