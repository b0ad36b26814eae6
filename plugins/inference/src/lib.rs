//! GStreamer element luchsdetect: finds objects with an ONNX model.
