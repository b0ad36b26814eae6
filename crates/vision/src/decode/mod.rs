//! From a model's outputs to detections in pixels of the frame. One file per family.

mod candidates;
mod decoder;
mod error;
mod nanodet;
mod outputs;
mod ssd;
mod ssd_nms;
mod yolox;

pub use decoder::{Decoder, Params};
pub use error::DecodeError;
pub(crate) use nanodet::pair as nanodet_pair;
pub(crate) use ssd::{background, pair as ssd_pair};
pub(crate) use ssd_nms::Roles as SsdNmsRoles;
pub(crate) use yolox::cells as yolox_cells;
