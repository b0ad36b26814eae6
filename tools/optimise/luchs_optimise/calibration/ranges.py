"""The range of values that the 256 steps of a tensor stand for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from .activations import Function

Array = np.ndarray[Any, Any]
STEPS = 255
MOST = 30_000
"""Samples that a search looks at."""
FRACTIONS = (1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
ENDS_LOW = (-8.0, -7.0, -6.0)
"""Below these SiLU is flat. Higher ends would have less squared error, but all of it to one side, and that adds up in
the layers behind: with ends up to -2.5 the outputs of YOLOX-Nano were a fifth further off."""


class Method(StrEnum):
    """How the ends of a range are found."""

    MINMAX = "minmax"
    """All that was seen."""
    PERCENTILE = "percentile"
    """All but the outermost values."""
    MSE = "mse"
    """The least squared error, measured behind the activation (as in Nagel et al., arXiv 2106.08295, 3.1)."""


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, which always has 0 in it: padding and ReLU must be exact."""

    low: float
    high: float

    @classmethod
    def of(cls, low: float, high: float) -> Range:
        """The range, widened to 0."""
        return cls(min(float(low), 0.0), max(float(high), 0.0))

    @property
    def scale(self) -> float:
        """The value of one step."""
        return float(np.float32(max((self.high - self.low) / STEPS, 1e-8)))

    @property
    def zero(self) -> int:
        """The step that stands for 0."""
        return int(np.clip(round(-self.low / self.scale), 0, STEPS))

    def rounded(self, values: Array) -> Array:
        """The values as eight bits have them."""
        steps = np.clip(np.round(values / self.scale) + self.zero, 0, STEPS)
        return np.asarray((steps - self.zero) * self.scale)

    def times(self, factor: float) -> Range:
        """The range of the values times a positive number: the same steps."""
        return Range(self.low * factor, self.high * factor)

    def mirrored(self) -> Range:
        """The symmetric range around it, for devices that know no zero point."""
        reach = max(-self.low, self.high)
        return Range(-reach, reach)


def choose(values: Array, method: Method, function: Function | None = None, percentile: float = 99.99) -> Range:
    """A range for samples of a tensor; `function` is what follows it."""
    if method is Method.PERCENTILE:
        return Range.of(*np.percentile(values, [100 - percentile, percentile]))
    whole = Range.of(float(values.min()), float(values.max()))
    return whole if method is Method.MINMAX else _least_error(values, whole, function)


def _least_error(values: Array, whole: Range, function: Function | None) -> Range:
    some = values if values.size <= MOST else values[:: values.size // MOST]
    some = np.concatenate([some, [whole.low, whole.high]])
    expected = function(some) if function else some
    lows = [whole.low * fraction for fraction in FRACTIONS] if function is None else [whole.low]
    if function:
        lows += [end for end in ENDS_LOW if end > whole.low]
    best, least = whole, np.inf
    for low in dict.fromkeys(lows):
        for high in (whole.high * fraction for fraction in FRACTIONS):
            tried = Range.of(low, high)
            found = tried.rounded(some)
            error = float(np.mean(((function(found) if function else found) - expected) ** 2))
            if error < least:
                best, least = tried, error
    return best
