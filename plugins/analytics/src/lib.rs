//! GStreamer element luchstrack: follows objects from frame to frame.
