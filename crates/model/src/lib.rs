//! A model on disk: its passport, digests, labels, and a look into the ONNX file before it is trusted.
