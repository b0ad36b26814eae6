//! From a model's outputs to detections in pixels of the frame. One file per family.

mod blazeface;
mod candidates;
mod centerface;
mod centernet;
mod decoder;
mod efficientdet;
mod error;
mod families;
mod grid;
mod head;
mod heatmap;
mod nanodet;
mod nanodet_plus;
mod outputs;
mod queries;
mod rfdetr;
mod rtdetr;
mod ssd;
mod ssd_nms;
mod values;
mod yolov10;
mod yolov5;
mod yolov8;
mod yolox;

pub use decoder::{Decoder, Params};
pub use error::DecodeError;
pub(crate) use families::recognized;
pub(crate) use outputs::{check_classes, find, other_outputs};
pub(crate) use values::greatest;
