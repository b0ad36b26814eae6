//! The element luchsdetect.

use gst::{glib, prelude::*};

mod classes;
mod flow;
pub mod frame;
mod health;
#[expect(
    clippy::doc_markdown,
    reason = "the SECTION is in the markup of GStreamer's documentation"
)]
mod imp;
mod lateness;
mod line;
mod loader;
mod lock;
mod open;
mod properties;
mod region;
mod report;
mod settings;
mod stats;
mod stream;
mod swap;

/// Which frames are in the element at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[enum_type(name = "GstLuchsSchedulingPolicy")]
pub enum SchedulingPolicy {
    /// One; it goes on as soon as it was looked at.
    #[default]
    #[enum_value(
        name = "One frame at a time, which goes on as soon as it was looked at",
        nick = "latency"
    )]
    Latency,
    /// As many as the engine has workers and one more; they go on in their order.
    #[enum_value(
        name = "As many frames at a time as the engine has workers and one more, in their order; adds latency",
        nick = "throughput"
    )]
    Throughput,
}

glib::wrapper! {
    /// Finds objects in video with an ONNX model.
    pub struct LuchsDetect(ObjectSubclass<imp::LuchsDetect>) @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

/// Makes the element known to GStreamer.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(Some(plugin), "luchsdetect", gst::Rank::NONE, LuchsDetect::static_type())
}

#[cfg(test)]
#[path = "../../../../crates/infer/tests/models/mod.rs"]
mod models;

#[cfg(test)]
mod tests {
    use std::{fs, sync::atomic::Ordering};

    use gst::subclass::prelude::ObjectSubclassIsExt;

    use super::*;

    #[test]
    fn a_panic_becomes_an_element_error() {
        gst::init().unwrap();
        crate::plugin_register_static().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let model = directory.path().join("model.onnx");
        fs::write(&model, models::bytes(&models::yolox())).unwrap();
        let element = gst::ElementFactory::make("luchsdetect")
            .property("model", model.to_str().unwrap())
            .build()
            .unwrap();
        let bus = gst::Bus::new();
        element.set_bus(Some(&bus));
        let mut harness = gst_check::Harness::with_element(&element, Some("sink"), Some("src"));
        harness.set_src_caps_str("video/x-raw,format=RGB,width=64,height=48,framerate=25/1");
        let push = |harness: &mut gst_check::Harness| harness.push(gst::Buffer::with_size(64 * 48 * 3).unwrap());
        assert_eq!(push(&mut harness), Ok(gst::FlowSuccess::Ok));

        element
            .downcast_ref::<LuchsDetect>()
            .unwrap()
            .imp()
            .fail
            .store(true, Ordering::SeqCst);
        assert_eq!(push(&mut harness), Err(gst::FlowError::Error));
        let message = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
        let gst::MessageView::Error(error) = message.view() else {
            unreachable!()
        };
        assert!(error.error().to_string().contains("a fault for the test"), "{error:?}");
    }
}
