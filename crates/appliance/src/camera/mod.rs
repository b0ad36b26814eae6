//! A camera's pipeline, kept running.
