//! Whether anything moved, so that a model need not look at a picture that it has seen already.
//!
//! [`Gate`] says for each frame whether to run the model; [`Watch`] is the comparison behind it. Time comes with the
//! frames.

mod gate;
mod grid;
mod light;
mod luma;
mod model;
mod settings;
mod watch;

pub use gate::{Decision, Gate, Reason};
pub use settings::{GateSettings, WatchSettings};
pub use watch::{Motion, Observation, Watch};
