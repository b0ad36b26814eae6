"""Weights rounded so that a layer's results stay, not so that each weight does.

Rounding one weight up is made good by the ones that come after it: each error is passed on to them by the inverse of
the inputs' second moments (Frantar et al., “GPTQ”, arXiv 2210.17323). What is left of a shift of the mean goes
into the bias (Nagel et al., arXiv 1906.04721, 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..calibration.moments import Moments
from .weights import STEPS, Weights

Array = np.ndarray[Any, Any]
DAMPING = 0.01
"""Of the mean of the diagonal: inputs that were never seen alone have no say."""

BLOCK = 64
"""Weights whose errors reach those behind them together: the same sums, as products of matrices."""


@dataclass(frozen=True)
class Rounded:
    """Weights in eight bits, and what has to be added to the bias."""

    weights: Weights
    shift: Array

    def where_it_fits(self, nearest: Weights, bias: Array | None) -> tuple[Weights, Array]:
        """Weights and bias of a layer; channels that had to get another scale are rounded to the nearest."""
        same = nearest.scales == self.weights.scales
        steps = np.where(same[:, None, None, None], self.weights.steps, nearest.steps)
        shift = np.where(same, self.shift, 0).astype(np.float32)
        return Weights(steps, nearest.scales), shift if bias is None else bias + shift


def rounded(weights: Array, made: Weights, seen: Moments) -> Rounded:
    """Other steps of the same scales. `made` is what rounding to the nearest gives."""
    groups, size, _ = seen.second.shape
    flat = weights.reshape(groups, -1, size).astype(np.float64)
    scales = made.scales.astype(np.float64).reshape(groups, -1)
    order = np.argsort(-seen.second.diagonal(axis1=1, axis2=2).sum(0), kind="stable")
    steps = np.empty_like(flat)
    steps[:, :, order] = _passed_on(flat[:, :, order], scales, _factor(seen.second[:, order][:, :, order]))
    left = flat - steps * scales[:, :, None]
    shift = np.einsum("gok,gk->go", left, seen.mean.astype(np.float64)).reshape(-1)
    return Rounded(Weights(steps.reshape(weights.shape).astype(np.int8), made.scales), shift.astype(np.float32))


def _factor(second: Array) -> Array:
    """Upper triangles whose squares are the inverses."""
    diagonal = second.diagonal(axis1=1, axis2=2).astype(np.float64)
    damping = DAMPING * diagonal.mean(1) + 1e-9
    inverse = np.linalg.inv(second.astype(np.float64) + damping[:, None, None] * np.eye(second.shape[1]))
    lower = np.linalg.cholesky((inverse + inverse.transpose(0, 2, 1)) / 2)
    return np.asarray(lower.transpose(0, 2, 1))


def _passed_on(weights: Array, scales: Array, factor: Array) -> Array:
    left, steps, size = weights.copy(), np.empty_like(weights), weights.shape[2]
    for start in range(0, size, BLOCK):
        end = min(start + BLOCK, size)
        errors = np.empty_like(weights[:, :, start:end])
        for k in range(start, end):
            steps[:, :, k] = np.clip(np.round(left[:, :, k] / scales), -STEPS, STEPS)
            error = (left[:, :, k] - steps[:, :, k] * scales) / factor[:, k, k][:, None]
            left[:, :, k + 1 : end] -= error[:, :, None] * factor[:, None, k, k + 1 : end]
            errors[:, :, k - start] = error
        left[:, :, end:] -= errors @ factor[:, start:end, end:]
    return steps
