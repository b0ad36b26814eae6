"""YOLOv5's and YOLOX's Focus (four strided slices, side by side, then a convolution) is one convolution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import helper

from .edit import Array, Graph, attributes

END = 2**30
"""Exporters write “to the end” as a number beyond any size."""


@dataclass(frozen=True)
class Phase:
    """Every second row and column of `source`, from `row` and `column` on."""

    source: str
    row: int
    column: int


def fold_focus(model: onnx.ModelProto) -> onnx.ModelProto:
    """Writes the weights of a k × k convolution over four phases as 2k × 2k with stride 2. Exact."""
    graph = Graph(model)
    producers, consumers = graph.producers(), graph.consumers()
    for conv in graph.model.graph.node:
        concat = producers.get(conv.input[0]) if conv.op_type == "Conv" else None
        if concat is None or concat.op_type != "Concat" or len(consumers[concat.output[0]]) != 1:
            continue
        phases = [_phase(graph, producers, name) for name in concat.input]
        weights, known = graph.constant(conv.input[1]), attributes(conv)
        places = {(p.source, p.row, p.column) for p in phases if p}
        plain = known.get("group", 1) == 1 and set(known.get("dilations", [1])) == {1}
        named = known.get("auto_pad", b"NOTSET") == b"NOTSET"
        if weights is None or not plain or not named or attributes(concat)["axis"] != 1:
            continue
        if len(phases) != 4 or len(places) != 4 or len({source for source, _, _ in places}) != 1:
            continue
        offsets = [(p.row, p.column) for p in phases if p]
        _write(graph, conv, _spread(weights, offsets), next(iter(places))[0])
    return graph.finish()


def _phase(graph: Graph, producers: dict[str, onnx.NodeProto], name: str) -> Phase | None:
    """What the slices that make a value take, if it is one phase."""
    start = {2: 0, 3: 0}
    steps = {2: 1, 3: 1}
    while (node := producers.get(name)) is not None and node.op_type == "Slice":
        numbers = [graph.constant(key) for key in node.input[1:]]
        if len(numbers) != 4 or any(n is None for n in numbers):
            return None
        for begin, end, axis, step in zip(*(n.tolist() for n in numbers if n is not None), strict=True):
            if axis not in start or steps[axis] != 1 or end < END:
                return None
            start[axis], steps[axis] = begin, step
        name = node.input[0]
    if set(steps.values()) != {2} or not {start[2], start[3]} <= {0, 1}:
        return None
    return Phase(name, start[2], start[3])


def _spread(weights: Array, offsets: list[tuple[int, int]]) -> Array:
    out, inside, high, wide = weights.shape
    channels = inside // 4
    large = np.zeros((out, channels, 2 * high, 2 * wide), weights.dtype)
    for index, (row, column) in enumerate(offsets):
        large[:, :, row::2, column::2] = weights[:, index * channels : (index + 1) * channels]
    return large


def _write(graph: Graph, conv: onnx.NodeProto, weights: Array, source: str) -> None:
    known = attributes(conv)
    changed = {
        "kernel_shape": list(weights.shape[2:]),
        "strides": [2 * stride for stride in known.get("strides", [1, 1])],
        "pads": [2 * pad for pad in known.get("pads", [0, 0, 0, 0])],
    }
    for attribute in [a for a in conv.attribute if a.name in changed]:
        conv.attribute.remove(attribute)
    conv.attribute.extend(helper.make_attribute(key, value) for key, value in changed.items())
    conv.input[0] = source
    conv.input[1] = graph.set_constant(conv.input[1] + "/focus", weights)
