"""From a clean float graph and ranges to graphs of eight bits."""

from .plan import Ranges, plan
from .qdq import quantize_qdq

__all__ = ["Ranges", "plan", "quantize_qdq"]
