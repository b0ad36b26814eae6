//! Frames of which a `GstVideoCropMeta` says that only a part counts.
//!
//! Such a frame is larger than its caps say. Elements that read or write pixels do not offer to take any: then upstream
//! (`videocrop`, some decoders) crops for real.

use gst_video::VideoCropMeta;

/// A frame that came with a crop although nobody offered to take one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the frame is cropped by metadata only (to {width}×{height} at {x}, {y}), which this element does not take: an \
     element before it ignores the allocation query; put one that copies the frame between, such as videobox or videoscale"
)]
pub struct Cropped {
    /// The part's left edge.
    pub x: u32,
    /// The part's upper edge.
    pub y: u32,
    /// The part's width.
    pub width: u32,
    /// The part's height.
    pub height: u32,
}

/// Takes the crop out of what is offered to upstream, in case that downstream offers it.
pub fn decline_crop(query: &mut gst::query::Allocation) {
    while let Some(index) = query.find_allocation_meta::<VideoCropMeta>() {
        query.remove_nth_allocation_meta(index);
    }
}

/// An error if the frame is cropped by metadata.
pub fn refuse_crop(buffer: &gst::BufferRef) -> Result<(), Cropped> {
    let Some(meta) = buffer.meta::<VideoCropMeta>() else {
        return Ok(());
    };
    let (x, y, width, height) = meta.rect();
    Err(Cropped { x, y, width, height })
}
