//! GStreamer element luchspublish: turns tracked objects into sealed events and delivers them.
