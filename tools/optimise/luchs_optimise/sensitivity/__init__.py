"""What eight bits do to the outputs, layer by layer."""

from .measure import Layer, Sensitivity, sensitivity
from .outputs import Reference

__all__ = ["Layer", "Reference", "Sensitivity", "sensitivity"]
