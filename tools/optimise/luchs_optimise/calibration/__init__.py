"""From frames of the site to the ranges that eight bits stand for."""

from .collect import Statistics, collect
from .ranges import Method, Range, choose
from .tensors import Tensors

__all__ = ["Method", "Range", "Statistics", "Tensors", "choose", "collect"]
