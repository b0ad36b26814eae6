"""What the outputs of a detector mean, so that a loss can be made of them: `sensitivity.outputs`’ error, by parts.

Scores count everywhere, everything else where the original is sure that something is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..sensitivity.outputs import objectness, rows

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Output:
    """One output, as [places, channels]."""

    places: int
    scores: Array
    """Which channels are scores."""
    common: int | None
    """The channel that the other scores are multiplied with."""
    spread: Array
    """Standard deviation of each channel that is no score, where something is."""
    energy: float
    """Mean over the frames of the sum of all squared scores; never 0."""


class Meaning:
    """Found out from what the original said on some frames."""

    def __init__(self, frames: Sequence[Sequence[Array]]) -> None:
        values = [np.stack([rows(frame[i]) for frame in frames]) for i in range(len(frames[0]))]
        masks = [_scores(value) for value in values]
        commons = [_common(value, mask) for value, mask in zip(values, masks, strict=True)]
        drafts = [
            Output(value.shape[1], mask, common, np.ones(int((~mask).sum())), 1.0)
            for value, mask, common in zip(values, masks, commons, strict=True)
        ]
        self.outputs = drafts
        sure = [[self.sureness([rows(part) for part in frame])[i] for frame in frames] for i in range(len(drafts))]
        self.outputs = [
            _finished(draft, value, np.stack(weights))
            for draft, value, weights in zip(drafts, values, sure, strict=True)
        ]

    def sureness(self, frame: Sequence[Array]) -> list[Array]:
        """For each output [places]: how sure the original is that something is there, by outputs of as many places."""
        best: dict[int, Array] = {}
        for output, value in zip(self.outputs, frame, strict=True):
            if output.scores.any():
                found = joint(output, value).max(1)
                best[output.places] = np.maximum(best.get(output.places, 0), found)
        return [best.get(output.places, np.ones(output.places)) for output in self.outputs]


def joint(output: Output, value: Array) -> Array:
    """The scores of [places, channels], those of classes multiplied with the common one."""
    scores = value[:, output.scores]
    if output.common is None:
        return scores
    return np.asarray(np.delete(scores, output.common, 1) * scores[:, output.common : output.common + 1])


def _scores(value: Array) -> Array:
    flat = value.reshape(-1, value.shape[-1])
    low, high = flat.min(0), flat.max(0)
    return np.asarray((low >= 0) & (high <= 1) & (high > low))


def _common(value: Array, mask: Array) -> int | None:
    return objectness(value[..., mask].reshape(-1, int(mask.sum()))) if mask.any() else None


def _finished(draft: Output, value: Array, sure: Array) -> Output:
    """`value` is [frames, places, channels], `sure` [frames, places]."""
    rest = value[..., ~draft.scores].astype(np.float64)
    weights = sure[..., None] / max(float(sure.sum()), 1e-12)
    mean = (weights * rest).sum((0, 1))
    spread = np.maximum(np.sqrt((weights * (rest - mean) ** 2).sum((0, 1))), 1e-6)
    energy = 0.0
    if draft.scores.any():
        energy = float(np.mean([(joint(draft, frame) ** 2).sum() for frame in value]))
    return Output(draft.places, draft.scores, draft.common, spread, max(energy, 1e-6))
