//! From the planes of a frame to a model's input tensor, and from its outputs to boxes.
