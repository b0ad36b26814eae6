//! GStreamer element luchspublish: turns tracked objects into sealed events and delivers them.

/**
 * plugin-luchspublish:
 *
 * Tells subscribers what was seen.
 */
use gst::glib;

pub mod publish;

pub use define::plugin_register_static;

fn plugin_init(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst_luchs_meta::register();
    publish::register(plugin)
}

#[expect(missing_docs, reason = "GStreamer's macro documents nothing")]
mod define {
    use super::plugin_init;

    gst::plugin_define!(
        luchspublish,
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
