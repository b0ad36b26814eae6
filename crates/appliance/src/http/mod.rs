//! The local pages: metrics, status.
