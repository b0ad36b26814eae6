//! Fills in the plug-in's version and date.

fn main() {
    gst_plugin_version_helper::info();
}
