//! What follows from detections over time: tracks and the life cycle of events.
