//! `luchs optimise`: which variant of a model earns its place on this box, and what it costs.
//!
//! The core takes boxes and times as arguments: [`precision`] and [`agreement`] say what a candidate loses, [`speed`] what it
//! gains, [`gates`] whether that is enough, [`choice`] which one is taken.

pub mod agreement;
pub mod bootstrap;
pub mod choice;
pub mod dataset;
pub mod estimate;
pub mod footage;
pub mod gates;
pub mod measure;
mod passport;
pub mod precision;
mod random;
pub mod run;
pub mod speed;
pub mod tool;
pub mod work;
