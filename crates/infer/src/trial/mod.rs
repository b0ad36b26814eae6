//! A trial for models that nobody who is trusted has signed: the runtime loads one and runs it once on a black picture, in
//! a process of its own with little memory, little time and no core file. What makes the runtime crash, hang or swell does
//! it there.
//!
//! The process is the helper `luchs-model-trial`, as GStreamer has one for its plug-ins: the program around us may be
//! anyone's. It gets the bytes that were checked through a pipe and answers with the shapes of the outputs.

mod child;
mod error;
mod limits;
mod parent;
mod place;
mod report;

pub use child::serve;
pub use error::TrialError;
pub use parent::run;
pub use place::{HELPER_FOLDER, HELPER_VARIABLE};
