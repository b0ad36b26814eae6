//! The decoder: hardware where there is one, and which it became, and why.

use std::sync::{Arc, Mutex, PoisonError};

use gst::{glib, prelude::*};

/// The decoder that a pipeline uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decoder {
    /// The element.
    pub(crate) element: String,
    /// Codec of the stream.
    pub(crate) codec: String,
    /// Whether it is hardware.
    pub(crate) hardware: bool,
    /// Why this one.
    pub(crate) reason: String,
}

/// Hardware decoders that decodebin passed over at our wish, by name.
pub(super) type Skipped = Arc<Mutex<Vec<String>>>;

/// Ranks above all software: the distribution's GStreamer gives some hardware decoders none.
const HARDWARE_RANK: gst::Rank = gst::Rank::PRIMARY;

fn is_video_decoder(klass: &str) -> bool {
    let has = |part: &str| klass.split('/').any(|one| one == part);
    has("Decoder") && (has("Video") || has("Image"))
}

fn is_hardware(factory: &gst::ElementFactory) -> bool {
    factory
        .metadata("klass")
        .is_some_and(|klass| klass.split('/').any(|one| one == "Hardware"))
}

/// Puts the hardware decoders that are installed before the others. GStreamer lists only those whose device is there.
pub(super) fn prefer_hardware() {
    for factory in gst::ElementFactory::factories_with_type(gst::ElementFactoryType::DECODER, gst::Rank::NONE) {
        let klass = factory.metadata("klass").unwrap_or_default();
        if is_video_decoder(klass) && is_hardware(&factory) && factory.rank() <= HARDWARE_RANK {
            factory.set_rank(HARDWARE_RANK + 1);
        }
    }
}

/// Makes `decodebin` take no hardware decoder.
pub(super) fn refuse_hardware(decodebin: &gst::Element) -> Skipped {
    let skipped = Skipped::default();
    let seen = skipped.clone();
    decodebin.connect("autoplug-select", false, move |values| {
        let factory = values.get(3)?.get::<gst::ElementFactory>().ok()?;
        let choice = if is_hardware(&factory) {
            seen.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(factory.name().to_string());
            "skip"
        } else {
            "try"
        };
        let choices = glib::EnumClass::with_type(glib::Type::from_name("GstAutoplugSelectResult")?)?;
        choices.to_value_by_nick(choice)
    });
    skipped
}

/// The decoder in `pipeline`, once there is one.
pub(crate) fn look(pipeline: &gst::Bin, hardware_wanted: bool, broken: Option<&str>) -> Option<Decoder> {
    let mut found = None;
    for element in pipeline.iterate_recurse().into_iter().flatten() {
        let Some(factory) = element.factory() else { continue };
        if is_video_decoder(factory.metadata("klass").unwrap_or_default()) && !element.is::<gst::Bin>() {
            found = Some((element, factory));
        }
    }
    let (element, factory) = found?;
    let caps = element.static_pad("sink").and_then(|pad| pad.current_caps());
    let codec = caps.and_then(|caps| Some(codec(caps.structure(0)?.name().as_str()).to_owned()));
    let codec = codec.unwrap_or_else(|| "unknown".to_owned());
    let hardware = is_hardware(&factory);
    let reason = match (hardware, hardware_wanted, broken) {
        (true, ..) => format!("a hardware decoder for {codec} is there"),
        (false, false, _) => "decoder.hardware is false".to_owned(),
        (false, true, Some(text)) => format!("the hardware decoder failed: {text}"),
        (false, true, None) => format!("no hardware decoder for {codec} is there"),
    };
    Some(Decoder {
        element: factory.name().to_string(),
        codec,
        hardware,
        reason,
    })
}

fn codec(media: &str) -> &str {
    match media {
        "video/x-h264" => "H.264",
        "video/x-h265" => "H.265",
        "video/x-av1" => "AV1",
        "video/x-vp8" => "VP8",
        "video/x-vp9" => "VP9",
        "image/jpeg" => "MJPEG",
        other => other,
    }
}
