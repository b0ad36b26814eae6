"""What `luchs optimise` does to ONNX files: folds, ranges, int8 graphs. Never needed on a box that runs models."""
