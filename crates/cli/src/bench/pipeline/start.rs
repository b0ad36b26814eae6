//! GStreamer with the elements of this build.

/// Starts GStreamer. The elements of Luchs are those linked into this program: what is measured is this build, whatever
/// `GST_PLUGIN_PATH` says.
pub(super) fn gstreamer() -> anyhow::Result<()> {
    gst::init()?;
    gstluchsinference::plugin_register_static()?;
    gstluchsanalytics::plugin_register_static()?;
    gstluchspublish::plugin_register_static()?;
    gstluchseffects::plugin_register_static()?;
    Ok(())
}
