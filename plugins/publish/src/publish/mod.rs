//! The element luchspublish.

use gst::{glib, prelude::*};

mod capture;
mod desk;
mod ending;
mod imp;
mod properties;
mod report;

glib::wrapper! {
    /// Turns tracked objects into events, seals them and delivers them over MQTT.
    pub struct LuchsPublish(ObjectSubclass<imp::LuchsPublish>) @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

/// Makes the element known to GStreamer.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "luchspublish",
        gst::Rank::NONE,
        LuchsPublish::static_type(),
    )
}

#[cfg(test)]
#[path = "../../tests/site/mod.rs"]
mod site;

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use gst::subclass::prelude::ObjectSubclassIsExt;

    use super::*;

    #[test]
    fn panics_become_errors() {
        gst::init().unwrap();
        crate::plugin_register_static().unwrap();
        let site = site::Site::new();
        let element = site.element();
        let bus = gst::Bus::new();
        element.set_bus(Some(&bus));
        let mut harness = gst_check::Harness::with_element(&element, Some("sink"), Some("src"));
        harness.set_src_caps_str("video/x-raw,format=GRAY8,width=64,height=48,framerate=10/1");
        element
            .downcast_ref::<LuchsPublish>()
            .unwrap()
            .imp()
            .fail
            .store(true, Ordering::SeqCst);
        let buffer = gst::Buffer::with_size(64 * 48).unwrap();
        assert_eq!(harness.push(buffer), Err(gst::FlowError::Error));
        let message = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
        let gst::MessageView::Error(error) = message.view() else {
            unreachable!()
        };
        assert!(error.error().to_string().contains("a fault for the test"), "{error:?}");
    }
}
