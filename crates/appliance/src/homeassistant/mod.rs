//! Home Assistant: cameras, counts and health appear there by themselves.
