//! GStreamer element luchsoverlay: draws what was found onto the picture.

/**
 * plugin-luchseffects:
 *
 * Elements that change the picture.
 */
use gst::glib;

pub mod overlay;

pub use define::plugin_register_static;

fn plugin_init(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst_luchs_meta::register();
    overlay::register(plugin)
}

#[expect(missing_docs, reason = "GStreamer's macro documents nothing")]
mod define {
    use super::plugin_init;

    gst::plugin_define!(
        luchseffects,
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
