//! How objects travel on a buffer: GStreamer metadata to [`Object`]s and back.
//!
//! One `GstVideoRegionOfInterestMeta` per object, in the vocabulary that DL Streamer uses as well: the region's type is
//! the label; a `detection` structure holds `label_id`, `label`, `confidence` and the box as parts of the frame
//! (`x_min`, `y_min`, `x_max`, `y_max`; below 0 and above 1 where an object reaches past the edge, as a tracker would
//! lose what is cut off); an `object_id` structure holds the track's `id`. So each Luchs element can be replaced by
//! someone else's.
//!
//! From GStreamer 1.24 on the same objects are also entries of the frame's `GstAnalyticsRelationMeta` (object detection,
//! tracking), for upstream's elements; a region's id is that of its entry. Entries of other makers are objects, too.

mod analytics;
mod color;
mod crop;
mod element;
mod follow;
mod format;
mod inference;
mod places;
mod reference;
mod region;
#[cfg(test)]
mod samples;
mod status;
mod tracks;

pub use color::color_matrix;
pub use crop::{Cropped, decline_crop, refuse_crop};
pub use element::{ask_for_buffers, pad_templates};
pub use follow::Track;
pub use format::FORMATS;
pub use inference::{is_still, mark_skipped, mark_still, register, unmark_skipped, was_inferred};
pub use reference::reference_time;
pub use region::{attach, objects};
pub use status::{read_status, status_event};
pub use tracks::{add_tracks, update_tracks};
