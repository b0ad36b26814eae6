//! Whether a detector looked at a frame: no objects on a frame that nobody looked at does not mean that they are gone.

use std::sync::Once;

const NAME: &str = "LuchsInferenceSkipped";

fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| gst::meta::CustomMeta::register(NAME, &[]));
}

/// Marks a frame that the detector passed on without looking at it.
pub fn mark_skipped(buffer: &mut gst::BufferRef) {
    register();
    if gst::meta::CustomMeta::add(buffer, NAME).is_err() {
        gst::warning!(gst::CAT_RUST, "could not mark a frame as skipped");
    }
}

/// Whether a detector looked at the frame. True for detectors that do not say.
pub fn was_inferred(buffer: &gst::BufferRef) -> bool {
    register();
    gst::meta::CustomMeta::from_buffer(buffer, NAME).is_err()
}
