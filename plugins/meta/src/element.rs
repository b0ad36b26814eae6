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

/// Asks upstream for so many buffers more than downstream wants, for an element that holds some back.
pub fn ask_for_buffers(query: &mut gst::query::Allocation, held: u32) {
    let pools: Vec<_> = query.allocation_pools().collect();
    for (index, (pool, size, min, max)) in (0..).zip(&pools) {
        let max = if *max == 0 { 0 } else { max.saturating_add(held) };
        query.set_nth_allocation_pool(index, pool.as_ref(), *size, min.saturating_add(held), max);
    }
    if pools.is_empty() {
        let size = query
            .get()
            .0
            .and_then(|caps| gst_video::VideoInfo::from_caps(caps).ok());
        let size = size.and_then(|info| u32::try_from(info.size()).ok()).unwrap_or(0);
        query.add_allocation_pool(None::<&gst::BufferPool>, size, held, 0);
    }
}
