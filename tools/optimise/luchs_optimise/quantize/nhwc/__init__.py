"""Writes integer operators, channels last, directly: nothing is left to a runtime's pattern matching."""

from .build import NhwcForm, quantize_nhwc
from .convolution import Pointwise

__all__ = ["NhwcForm", "Pointwise", "quantize_nhwc"]
