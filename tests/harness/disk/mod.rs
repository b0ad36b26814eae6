//! A file system that loses in a power cut what a real one may lose: everything that was not synced, or any part of it.

mod fuse;
mod platter;

pub use fuse::Disk;
pub use platter::Platter;
