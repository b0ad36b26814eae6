"""A range for every tensor, the same one where operators only move values."""

from __future__ import annotations

import numpy as np
import onnx

from ..calibration import Method, Range, Statistics, choose
from ..calibration.activations import activations
from ..graph import Graph
from ..graph.split import joined
from ..progress import Tell, silent

Ranges = dict[str, Range]
MOVING = ("MaxPool", "Resize", "Concat", "Transpose", "Reshape", "Split", "Slice")
"""Operators whose results are among their inputs (or between them), so that bytes can be copied."""
FEEDS = ("Conv", "MaxPool", "Resize", "Add")
ENOUGH = 60_000


def plan(
    model: onnx.ModelProto, statistics: Statistics, method: Method, percentile: float = 99.99, tell: Tell = silent
) -> Ranges:
    """Ranges for all tensors that were seen."""
    graph = Graph(model)
    after = activations(graph)
    producers = graph.producers()
    ranges: Ranges = {}
    groups = shared(graph, statistics)
    for number, group in enumerate(groups):
        if len(group) == 1:
            follows = after.get(group[0])
            function = follows.function if follows else None
            chosen = choose(statistics.samples[group[0]], method, function, percentile)
        else:
            made = [name for name in group if name not in producers or producers[name].op_type not in MOVING]
            chosen = choose(_together(statistics, made or group), method, None, percentile)
        ranges.update(dict.fromkeys(group, chosen))
        tell(number + 1, len(groups))
    return ranges


def _together(statistics: Statistics, names: list[str]) -> np.ndarray:
    """Samples of several tensors, the same number of each, with all ends."""
    parts = [statistics.samples[name] for name in names]
    some = [part[:: max(1, part.size // (ENOUGH // len(parts)))] for part in parts]
    ends = np.array([end for name in names for end in statistics.extremes(name)], np.float32)
    return np.concatenate([*some, ends])


def shared(graph: Graph, statistics: Statistics) -> list[list[str]]:
    """Groups of tensors with one range.

    A concatenation is only shared if a convolution works on it: what is put together for the output stays apart.
    """
    consumers = graph.consumers()
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := parent.get(name, name)) != name:
            name = above
        return name

    def feeds(name: str) -> bool:
        users = consumers.get(name, [])
        return any(user.op_type in FEEDS or (user.op_type == "Concat" and feeds(user.output[0])) for user in users)

    for node in graph.nodes:
        halves = node.op_type == "Add" and tuple(node.input) == joined(node.output[0])
        if halves or node.op_type in ("MaxPool", "Resize") or (node.op_type == "Concat" and feeds(node.output[0])):
            values = node.input if halves or node.op_type == "Concat" else node.input[:1]
            for name in values:
                if name in statistics.samples and root(name) != root(node.output[0]):
                    parent[root(name)] = root(node.output[0])
    groups: dict[str, list[str]] = {}
    for name in statistics.samples:
        groups.setdefault(root(name), []).append(name)
    return list(groups.values())
