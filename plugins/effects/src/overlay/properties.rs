//! The properties of luchsoverlay.

use std::sync::LazyLock;

use gst::{glib, prelude::*};

use super::draw::Style;

/// The properties, whose defaults are those of [`Style`].
pub(super) fn properties() -> &'static [glib::ParamSpec] {
    static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
        let default = Style::default();
        let switch = |name: &str, nick: &str, blurb: &str, value: bool| {
            glib::ParamSpecBoolean::builder(name)
                .nick(nick)
                .blurb(blurb)
                .default_value(value)
                .mutable_playing()
                .build()
        };
        let number = |name: &str, nick: &str, blurb: &str, maximum: u32, value: u32| {
            glib::ParamSpecUInt::builder(name)
                .nick(nick)
                .blurb(blurb)
                .maximum(maximum)
                .default_value(value)
                .mutable_playing()
                .build()
        };
        vec![
            switch("boxes", "Boxes", "Draw the box around each object", default.boxes),
            switch("labels", "Labels", "Write what each object is", default.labels),
            switch("ids", "Ids", "Write the id of each object's track", default.ids),
            switch(
                "confidence",
                "Confidence",
                "Write how sure the detector is, in percent",
                default.confidence,
            ),
            number(
                "line-width",
                "Line width",
                "Width of the lines in pixels (0 = as fits the picture's height)",
                64,
                default.line_width,
            ),
            number(
                "font-scale",
                "Font scale",
                "Height of the text in tens of pixels (0 = as fits the picture's height)",
                32,
                default.font_scale,
            ),
        ]
    });
    &PROPERTIES
}

/// Sets the property `name`; an error if the value is of another type.
pub(super) fn set(
    style: &mut Style,
    name: &str,
    value: &glib::Value,
) -> Result<(), glib::value::ValueTypeMismatchError> {
    match name {
        "boxes" => style.boxes = value.get()?,
        "labels" => style.labels = value.get()?,
        "ids" => style.ids = value.get()?,
        "confidence" => style.confidence = value.get()?,
        "line-width" => style.line_width = value.get()?,
        "font-scale" => style.font_scale = value.get()?,
        _ => {}
    }
    Ok(())
}

/// The value of `property`.
pub(super) fn get(style: &Style, property: &glib::ParamSpec) -> glib::Value {
    match property.name() {
        "boxes" => style.boxes.to_value(),
        "labels" => style.labels.to_value(),
        "ids" => style.ids.to_value(),
        "confidence" => style.confidence.to_value(),
        "line-width" => style.line_width.to_value(),
        "font-scale" => style.font_scale.to_value(),
        _ => property.default_value().clone(),
    }
}
