//! The element luchsdetect.

use gst::{glib, prelude::*};

mod classes;
mod frame;
mod imp;
mod open;
mod properties;
mod stats;

glib::wrapper! {
    /// Finds objects in video with an ONNX model.
    pub struct LuchsDetect(ObjectSubclass<imp::LuchsDetect>) @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

/// Makes the element known to GStreamer.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(Some(plugin), "luchsdetect", gst::Rank::NONE, LuchsDetect::static_type())
}
