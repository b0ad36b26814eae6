//! The snapshot as Prometheus reads it.

mod families;
mod text;

pub use text::{Format, render};
