"""Which layers stay float in a mixed candidate."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..sensitivity import Layer, Sensitivity

COUNTS = (1, 2, 4, 8)
LEFT = 0.5
"""A mixed candidate has to take away half of the error; else more layers are kept."""
DEAREST = 0.25
"""At most this share of the multiplications stays float."""


def worst(found: Sensitivity, count: int) -> list[str]:
    """The most sensitive layers, as many as that, as long as they are a small part of the model's work."""
    budget = DEAREST * sum(layer.macs for layer in found.layers)
    chosen: list[str] = []
    for layer in ranked(found)[:count]:
        if layer.macs <= budget:
            budget -= layer.macs
            chosen.append(layer.name)
    return chosen


def ranked(found: Sensitivity) -> list[Layer]:
    """The layers, most sensitive first."""
    return sorted(found.layers, key=lambda layer: (-layer.error, layer.name))


def smallest(
    found: Sensitivity, whole: float, error_with: Callable[[Sequence[str]], float]
) -> tuple[list[str], float] | None:
    """The fewest layers that halve the error `whole`, or those that take most away; None if none takes any.

    `error_with` measures the model with the layers in float: errors of layers do not simply add up.
    """
    best: tuple[list[str], float] | None = None
    for count in COUNTS:
        names = worst(found, count)
        if best is not None and names == best[0]:
            continue
        error = error_with(names)
        if error < (whole if best is None else best[1]):
            best = names, error
        if error <= LEFT * whole:
            break
    return best
