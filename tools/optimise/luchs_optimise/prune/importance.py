"""How much the outputs would change without a channel, to first order.

What reaches the layers behind is thought to be multiplied with a factor for each channel, which is 1. The derivative of
a number by that factor is the sum over the weights that take the channel of weight times derivative by the weight. With
random signs before the outputs, the mean of its square is the sum of the squares for all outputs: how far they move if
the channel goes (Molchanov et al., “Importance Estimation for Neural Network Pruning”, arXiv 1906.10771, of all outputs
instead of a loss, which is 0 for the model itself).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..graph.edit import Array
from .channels import Channels


class Importance:
    """Collects squares over frames and signs."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        graph = channels.graph
        weights = {node.input[1] for node in graph.nodes if node.op_type == "Conv"}
        self._behind = {
            weight: numbers for (weight, axis), numbers in channels.uses.items() if axis == 1 and weight in weights
        }
        self._sum = np.zeros(channels.total)
        self._count = 0

    def add(self, derivatives: Mapping[str, Array]) -> None:
        """Derivatives of one number by weights, by the weights' names."""
        moved = np.zeros(self._channels.total)
        for weight, numbers in self._behind.items():
            value = self._channels.graph.constant(weight)
            if value is not None and weight in derivatives:
                products = (value * derivatives[weight]).astype(np.float64)
                np.add.at(moved, numbers, products.sum((0, *range(2, products.ndim))))
        self._sum += moved**2
        self._count += 1

    def of(self, numbers: Array) -> Array:
        """Of these channels."""
        return np.asarray(self._sum[numbers] / max(self._count, 1))
