"""How many channels each group loses.

Each group alone was made narrower, step by step, and the error of the outputs measured. Here the steps are taken that
cost the least error for what they save, until enough is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .channels import Group, Numbers

FINEST = 4
"""A step is not less than that part of a group: neighbouring widths differ too little to be told apart."""
FEWEST = 0.25
"""The part of a group that stays at least."""


@dataclass(frozen=True)
class Curve:
    """What a group costs the outputs as it gets narrower."""

    name: str
    order: Numbers
    """Its channels, the least important first."""
    steps: tuple[int, ...]
    """How many of them are taken out; 0 first."""
    errors: tuple[float, ...]
    """Of the outputs, for each of the steps; 0 first."""

    def removed(self, step: int) -> Numbers:
        """The channels that are missing at a step."""
        return self.order[: self.steps[step]]


def steps_of(group: Group, multiple: int) -> tuple[int, ...]:
    """Numbers of channels to take out so that a multiple of `multiple` is left: that is what processors like."""
    count = len(group.channels)
    grain = max(multiple, -(-count // FINEST // multiple) * multiple)
    lowest = max(multiple, int(np.ceil(count * FEWEST)))
    left = [width for width in range(count // multiple * multiple, 0, -grain) if lowest <= width < count]
    return (0, *(count - width for width in left))


def allocate(curves: Sequence[Curve], cost: Callable[[Numbers], float], most: float) -> tuple[int, ...] | None:
    """The step of each curve, so that the cost is at most `most`; None if all of them together do not save enough."""
    taken = [0] * len(curves)
    now = cost(removed_by(curves, taken))
    while now > most:
        best: tuple[float, int, int, float] | None = None
        for index, curve in enumerate(curves):
            for step in range(taken[index] + 1, len(curve.steps)):
                trial = [*taken[:index], step, *taken[index + 1 :]]
                saved = now - cost(removed_by(curves, trial))
                # Noise may make a narrower group look better; such a step is free, and the smallest is enough.
                rise = max(curve.errors[step] - curve.errors[taken[index]], 0.0)
                # What is saved beyond what is asked for counts nothing.
                price = rise / max(min(saved, now - most), 1e-9)
                if saved > 0 and (best is None or price < best[0]):
                    best = price, index, step, now - saved
        if best is None:
            return None
        _, index, step, now = best
        taken[index] = step
    return tuple(_put_back(curves, taken, cost, most))


def _put_back(curves: Sequence[Curve], taken: list[int], cost: Callable[[Numbers], float], most: float) -> list[int]:
    """Widens what need not be so narrow now that others are, first where that gains most."""
    for index in sorted(range(len(curves)), key=lambda index: -curves[index].errors[taken[index]]):
        for step in range(taken[index]):
            trial = [*taken[:index], step, *taken[index + 1 :]]
            if cost(removed_by(curves, trial)) <= most:
                taken = trial
                break
    return taken


def removed_by(curves: Sequence[Curve], taken: Sequence[int]) -> Numbers:
    """All channels that are missing at those steps."""
    parts = [curve.removed(step) for curve, step in zip(curves, taken, strict=True)]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)
