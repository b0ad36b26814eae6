//! From the planes of a frame to a model's input tensor, and from its outputs to boxes.
//!
//! [`Frame`] → [`Preprocessor`] → (the model) → [`Decoder`] → detections in pixels of the frame. [`recognize()`] finds
//! out what a model without a description wants and gives. Nothing here does input or output or knows a runtime.

pub mod classify;
pub mod color;
pub mod decode;
pub mod family;
pub mod frame;
pub mod input;
mod kernel;
pub mod motion;
pub mod nms;
mod picture;
pub mod placement;
mod plan;
pub mod preprocess;
pub mod recognize;
mod sample;
pub mod tensor;

pub use classify::{Classification, Classifier};
pub use color::{Matrix, Range};
pub use decode::{DecodeError, Decoder, Params};
pub use family::Family;
pub use frame::{Frame, FrameError, PixelFormat, Plane};
pub use input::{Align, ColorOrder, ElementType, Fit, InputSpec, Layout, SpecError};
pub use luchs_isa::Isa;
pub use motion::{Decision, Gate, GateSettings, Motion, Observation, Reason, Watch, WatchSettings};
pub use nms::{Nms, Scope};
pub use placement::Placement;
pub use preprocess::{FillError, Padding, Preprocessor};
pub use recognize::{Hints, Recognized, Unrecognized, candidates, recognize, recognize_with};
pub use tensor::{Tensor, TensorInfo};
