//! The other vocabulary: `GstAnalyticsRelationMeta`, which GStreamer has from 1.24 on.
//!
//! The library that knows it is loaded when it is there, so one build serves every GStreamer from 1.20 on. Without it
//! every frame's [`Graph`] is empty and nothing is written.

mod graph;
mod library;

pub(crate) use graph::{Fact, Found, Graph, RELATE_TO, Relation};
pub(crate) use library::{add, available, read, relate, remove};
