"""Changes of ONNX graphs that leave their results as they are, but for rounding."""

from .clean import clean
from .edit import Graph

__all__ = ["Graph", "clean"]
