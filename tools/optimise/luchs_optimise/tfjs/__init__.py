"""TensorFlow.js graph models to ONNX without TensorFlow: the few operators that detectors are made of."""

from .convert import Cut, convert
from .read import read

__all__ = ["Cut", "convert", "read"]
