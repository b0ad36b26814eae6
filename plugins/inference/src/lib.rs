//! GStreamer element luchsdetect: finds objects with an ONNX model.

/**
 * plugin-luchsinference:
 *
 * Elements that look at frames with an ONNX model.
 */
use gst::glib;

pub mod detect;

pub use define::plugin_register_static;

fn plugin_init(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst_luchs_meta::register();
    detect::register(plugin)
}

#[expect(missing_docs, reason = "GStreamer's macro documents nothing")]
mod define {
    use super::plugin_init;

    gst::plugin_define!(
        luchsinference,
        env!("CARGO_PKG_DESCRIPTION"),
        plugin_init,
        concat!(env!("CARGO_PKG_VERSION"), "-", env!("COMMIT_ID")),
        "MPL-2.0",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_REPOSITORY"),
        env!("BUILD_REL_DATE")
    );
}
