"""Weights in eight bits with a sign, a scale for each output channel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
STEPS = 127
"""As many below zero as above."""
LARGEST_BIAS = 2.0**29
"""Room is left for the sum that it is added to."""


@dataclass(frozen=True)
class Weights:
    """`steps · scales[channel]` is the weight."""

    steps: Array
    scales: Array


def quantize_weights(
    weights: Array, search: bool = True, bias: Array | None = None, input_scale: float = 1.0
) -> Weights:
    """The largest weight of a channel is 127 steps; with `search`, fewer if that makes the squared error smaller.

    Steps are never so small that the bias does not fit into 32 bits: of a channel that is off (MobileNet has some) the
    weights are nearly nothing, but its bias counts.
    """
    flat = weights.reshape(len(weights), -1).astype(np.float64)
    best = _scales(flat.tobytes(), len(flat), search)
    if bias is not None:
        best = np.maximum(best, np.abs(bias.astype(np.float64)) / (input_scale * LARGEST_BIAS))
    scales = best.astype(np.float32)
    steps = np.clip(np.round(flat / scales[:, None]), -STEPS, STEPS)
    return Weights(steps.astype(np.int8).reshape(weights.shape), scales)


@lru_cache(maxsize=1024)
def _scales(flat: bytes, channels: int, search: bool) -> Array:
    """A scale for each channel. A model is written many times with other ranges; its weights stay the same."""
    weights = np.frombuffer(flat).reshape(channels, -1)
    largest = np.maximum(np.abs(weights).max(1) / STEPS, 1e-8)
    best, least = largest.copy(), np.full(channels, np.inf)
    for fraction in np.linspace(0.6, 1, 21) if search else (1.0,):
        scale = (largest * fraction)[:, None]
        steps = np.clip(np.round(weights / scale), -STEPS, STEPS)
        error = ((steps * scale - weights) ** 2).sum(1)
        better = error < least
        best[better], least[better] = scale[better, 0], error[better]
    best.flags.writeable = False
    return np.asarray(best)


def quantize_bias(bias: Array, scales: Array, input_scale: float) -> Array:
    """The bias in steps of the sums that it is added to."""
    steps = np.round(bias.astype(np.float64) / (scales.astype(np.float64) * input_scale))
    return np.clip(steps, -(2**31) + 1, 2**31 - 1).astype(np.int32)
