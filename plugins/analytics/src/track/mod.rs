//! The element luchstrack.

use gst::{glib, prelude::*};

mod imp;
mod properties;
mod seen;

/// How objects are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, glib::Enum)]
#[enum_type(name = "GstLuchsTrackingType")]
pub enum TrackingType {
    /// Every detection counts: the confident ones first, then the others.
    #[default]
    #[enum_value(name = "ByteTrack: confident detections first, then the others", nick = "bytetrack")]
    ByteTrack,
    /// Confident detections only, by overlap.
    #[enum_value(name = "SORT: confident detections only, by overlap", nick = "sort")]
    Sort,
}

glib::wrapper! {
    /// Follows objects from frame to frame.
    pub struct LuchsTrack(ObjectSubclass<imp::LuchsTrack>) @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

/// Makes the element known to GStreamer.
pub fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(Some(plugin), "luchstrack", gst::Rank::NONE, LuchsTrack::static_type())
}

#[cfg(test)]
mod tests {
    use gst::subclass::prelude::ObjectSubclassIsExt;

    use super::*;

    #[test]
    fn panics_become_errors() {
        gst::init().unwrap();
        crate::plugin_register_static().unwrap();
        let element = gst::ElementFactory::make("luchstrack").build().unwrap();
        let bus = gst::Bus::new();
        element.set_bus(Some(&bus));
        let mut harness = gst_check::Harness::with_element(&element, Some("sink"), Some("src"));
        harness.set_src_caps_str("video/x-raw,format=RGB,width=64,height=48,framerate=25/1");
        element
            .downcast_ref::<LuchsTrack>()
            .unwrap()
            .imp()
            .fail
            .store(true, std::sync::atomic::Ordering::SeqCst);
        assert_eq!(
            harness.push(gst::Buffer::with_size(64 * 48 * 3).unwrap()),
            Err(gst::FlowError::Error)
        );
        let message = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
        let gst::MessageView::Error(error) = message.view() else {
            unreachable!()
        };
        assert!(error.error().to_string().contains("a fault for the test"), "{error:?}");
    }
}
