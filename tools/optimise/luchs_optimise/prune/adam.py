"""Adam (Kingma and Ba, arXiv 1412.6980) whose steps are parts of each channel's own size.

Where normalisation is folded into the weights, those of one channel may be a hundred times those of the next, in the
same layer. Steps of one size for all would be noise for the small ones, and nothing for the large ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

BETAS = (0.9, 0.99)
SMALLEST = 1e-4
"""Of the layer's typical weight: what no channel's counts less than."""


class Adam:
    """Trains parameters in place by the derivatives that they have, and clears these."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._parameters = list(parameters.values())
        self._sizes = [_size(parameter.detach()) for parameter in self._parameters]
        self._means = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._squares = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._steps = 0

    def step(self, rate: float) -> None:
        """One step; `rate` is the part of its typical size that a weight moves at most, about."""
        self._steps += 1
        first, second = (1 - beta**self._steps for beta in BETAS)
        with torch.no_grad():
            for parameter, size, mean, square in zip(
                self._parameters, self._sizes, self._means, self._squares, strict=True
            ):
                if parameter.grad is None:
                    continue
                mean.lerp_(parameter.grad, 1 - BETAS[0])
                square.lerp_(parameter.grad**2, 1 - BETAS[1])
                parameter.sub_(rate * size * (mean / first) / ((square / second).sqrt() + 1e-12))
                parameter.grad = None


def _size(value: Any) -> Any:
    """The root mean square of each channel's weights; of biases, which have one value each, that of all."""
    whole = value.pow(2).mean().sqrt().clamp_min(1e-6)
    if value.ndim < 2:
        return whole
    each = value.pow(2).mean(dim=tuple(range(1, value.ndim)), keepdim=True).sqrt()
    return torch.maximum(each, SMALLEST * whole)
