"""Which convolutions to split because a few of their channels take the range for themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx

from ..calibration import Statistics
from ..calibration.activations import activations
from ..graph import Graph
from ..graph.edit import Array, attributes
from ..graph.split import LETS_THROUGH, Split, can_split
from ..sensitivity import Sensitivity

MOST = 3
"""A split costs the convolution a second time, and a sum. Factors in the weights cost nothing: any number of those."""
LEAST = 0.01
"""Share of the whole model's error that a split has to take away."""
NARROWER = 0.25
"""What may be left of a tensor's noise."""


@dataclass(frozen=True)
class Option:
    """A split, and what it is expected to take away of the sum of all layers' errors."""

    split: Split
    gain: float
    free: bool
    """A factor in the weights does it."""


def splits(model: onnx.ModelProto, statistics: Statistics, found: Sensitivity) -> list[Split]:
    """The splits that pay, best first."""
    total = sum(layer.error for layer in found.layers) or 1.0
    options = sorted(_options(model, statistics, found), key=lambda option: -option.gain)
    good = [option for option in options if option.gain >= LEAST * total]
    dear = [option for option in good if not option.free][:MOST]
    return [option.split for option in good if option.free or option in dear]


def behind(graph: Graph, conv: str) -> list[str]:
    """Names of the layers that use what a convolution's activation makes."""
    node = next(node for node in graph.nodes if node.name == conv)
    follows = activations(graph).get(node.output[0])
    return [user.name for user in graph.consumers().get(follows.result, [])] if follows else []


def _options(model: onnx.ModelProto, statistics: Statistics, found: Sensitivity) -> list[Option]:
    graph = Graph(model)
    after, consumers = activations(graph), graph.consumers()
    errors = {layer.name: layer.error for layer in found.layers}
    options: list[Option] = []
    for conv in graph.nodes:
        follows = after.get(conv.output[0])
        if conv.op_type != "Conv" or follows is None or not can_split(graph, follows):
            continue
        result = follows.result
        if result not in statistics.channels:
            continue
        low, high = statistics.channels[result]
        spans = np.maximum(np.maximum(high, 0) - np.minimum(low, 0), 1e-6)
        weights = _gains(graph, consumers[result], len(spans))
        order, narrow, left = _best(spans, weights)
        error = sum(errors.get(node.name, 0.0) for node in [conv, *consumers[result]])
        if left <= NARROWER:
            channels = tuple(int(channel) for channel in sorted(order[:narrow]))
            factor = float(spans[order[-1]] / spans[order[narrow - 1]])
            options.append(Option(Split(conv.name, channels, factor), (1 - left) * error, follows.kind in LETS_THROUGH))
    return options


def _gains(graph: Graph, convs: list[onnx.NodeProto], channels: int) -> Array:
    """How strongly noise of each channel comes out of the convolutions behind: squares of their weights."""
    total = np.zeros(channels)
    for conv in convs:
        weights = graph.constant(conv.input[1])
        if weights is not None:
            squares = weights.astype(np.float64) ** 2
            total += squares.sum((0, 2, 3) if attributes(conv).get("group", 1) == 1 else (1, 2, 3))
    return total


def _best(spans: Array, gains: Array) -> tuple[Array, int, float]:
    """Channels from narrow to wide, how many are narrow, and which part of the noise is left then."""
    order = np.argsort(spans, kind="stable")
    squares, gain = spans[order] ** 2, gains[order]
    whole = squares[-1] * gain.sum()
    behind = np.cumsum(gain)
    after = squares[:-1] * behind[:-1] + squares[-1] * (behind[-1] - behind[:-1])
    if len(after) == 0 or whole <= 0:
        return order, 1, 1.0
    narrow = int(np.argmin(after)) + 1
    return order, narrow, float(after[narrow - 1] / whole)
