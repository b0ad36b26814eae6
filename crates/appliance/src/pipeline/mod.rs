//! From a camera's configuration to its launch line.
