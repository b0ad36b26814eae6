//! ONNX Runtime sessions shared between elements; the whole way from a frame to its detections.
