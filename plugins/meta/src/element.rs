//! What our elements have in common.

/// The templates of the pads `src` and `sink`, both always there. Without one that cannot be made the element is no
/// filter any more; then the log says why.
pub fn pad_templates(caps: &gst::Caps) -> Vec<gst::PadTemplate> {
    let template = |(name, direction)| {
        gst::PadTemplate::new(name, direction, gst::PadPresence::Always, caps)
            .inspect_err(|err| gst::error!(gst::CAT_RUST, "no template for the pad {name} with {caps}: {err}"))
            .ok()
    };
    [("src", gst::PadDirection::Src), ("sink", gst::PadDirection::Sink)]
        .into_iter()
        .filter_map(template)
        .collect()
}
