"""How far outputs of a detector are from those of the float model, without knowing its family.

Most of what a detector says is about places where nothing is, and there any answer is right. So an error counts as much
as the float model is sure that something is there. Which outputs are scores is seen from their values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SURE = 0.5
FEWEST_SURE = 8
"""Rows that have to be sure before anything is concluded from them."""


def rows(value: Array) -> Array:
    """[places, channels] of an output for one frame; channels are the shorter one of its second and its last axis."""
    value = value[0] if value.ndim > 1 else value
    if value.ndim < 2:
        return value.reshape(1, -1)
    if value.shape[0] <= value.shape[-1]:
        return np.moveaxis(value, 0, -1).reshape(-1, value.shape[0])
    return value.reshape(-1, value.shape[-1])


@dataclass(frozen=True)
class Group:
    """Outputs with as many places, side by side: [frames · places, channels]."""

    scores: Array
    rest: Array
    weights: Array
    """How sure the float model is of each place; 1 everywhere if there are no scores."""


class Reference:
    """What the float model said on some frames."""

    def __init__(self, frames: Sequence[Sequence[Array]]) -> None:
        self._places = [rows(value).shape[0] for value in frames[0]]
        self._is_score = [_are_scores(np.concatenate([rows(f[i]) for f in frames])) for i in range(len(frames[0]))]
        self._objectness: dict[int, int | None] = {}
        self._groups = {places: self._group(frames, places) for places in dict.fromkeys(self._places)}
        self._spread = {places: _spread(group) for places, group in self._groups.items()}

    def error(self, frames: Sequence[Sequence[Array]]) -> float:
        """Squared error of the scores over their energy, plus that of the rest over its variance where something is."""
        wrong = energy = moved = weight = 0.0
        for places, known in self._groups.items():
            scores, rest = self._parts(frames, places)
            wrong += float(((scores - known.scores) ** 2).sum())
            energy += float((known.scores**2).sum())
            if rest.shape[1]:
                far = (((rest - known.rest) / self._spread[places]) ** 2).mean(1)
                moved += float((known.weights * far).sum())
                weight += float(known.weights.sum())
        found = wrong / max(energy, 1e-12) + moved / max(weight, 1e-12)
        return found if np.isfinite(found) else float("inf")

    def _group(self, frames: Sequence[Sequence[Array]], places: int) -> Group:
        scores = self._joined(frames, places, scores=True)
        self._objectness[places] = objectness(scores)
        scores, rest = self._parts(frames, places)
        weights = scores.max(1) if scores.shape[1] else np.ones(len(rest))
        return Group(scores, rest, weights)

    def _parts(self, frames: Sequence[Sequence[Array]], places: int) -> tuple[Array, Array]:
        scores, rest = (self._joined(frames, places, scores=which) for which in (True, False))
        common = self._objectness[places]
        if common is not None:
            scores = np.delete(scores, common, 1) * scores[:, common : common + 1]
        return scores, rest

    def _joined(self, frames: Sequence[Sequence[Array]], places: int, scores: bool) -> Array:
        parts = []
        for number, mask in enumerate(self._is_score):
            if self._places[number] == places:
                values = np.concatenate([rows(frame[number]) for frame in frames])
                parts.append(values[:, mask if scores else ~mask])
        return np.concatenate(parts, 1).astype(np.float64)


def _are_scores(values: Array) -> Array:
    """Channels between 0 and 1 that are not the same everywhere."""
    inside = (values.min(0) >= 0) & (values.max(0) <= 1)
    return np.asarray(inside & (values.max(0) > values.min(0)))


def objectness(scores: Array) -> int | None:
    """The channel that the others are multiplied with (YOLOv5's and YOLOX's), if there is one.

    Classes exclude each other. A channel that is sure together with others, now this one and now that one, is no class.
    """
    if scores.shape[1] < 2:
        return None
    sure = scores > SURE
    best, most = None, 0
    for channel in np.flatnonzero(sure.sum(0) >= FEWEST_SURE):
        others = np.delete(scores[sure[:, channel]], channel, 1)
        together = others.max(1) > SURE
        partners = len(np.unique(others[together].argmax(1)))
        if together.mean() > SURE and partners > most:
            best, most = int(channel), partners
    return best


def _spread(group: Group) -> Array:
    """Standard deviation of each other channel where something is."""
    if not group.rest.shape[1]:
        return np.ones(0)
    weights = group.weights[:, None] / max(float(group.weights.sum()), 1e-12)
    mean = (weights * group.rest).sum(0)
    deviation: Array = np.sqrt((weights * (group.rest - mean) ** 2).sum(0))
    return np.maximum(deviation, 1e-6)
