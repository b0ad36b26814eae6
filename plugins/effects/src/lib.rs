//! GStreamer element luchsoverlay: draws what was found onto the picture.
