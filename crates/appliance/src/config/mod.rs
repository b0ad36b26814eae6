//! The one file of configuration.
