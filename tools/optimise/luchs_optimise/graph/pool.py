"""Maxima: a padding with −∞ before one is its own padding, and a large one beside a small one can go on from there."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import onnx
from onnx import helper

from .edit import Graph, attributes

LOWEST = np.finfo(np.float32).min / 2
"""Converters write −∞, or the lowest number that there is."""


def fold_pads_of_pools(model: onnx.ModelProto) -> onnx.ModelProto:
    """Moves such paddings into the `MaxPool` behind them. Exact."""
    graph = Graph(model)
    producers = graph.producers()
    for pool in graph.model.graph.node:
        pad = producers.get(pool.input[0]) if pool.op_type == "MaxPool" else None
        margins = _margins(graph, pad) if pad is not None else None
        known = attributes(pool)
        if pad is None or margins is None or known.get("auto_pad", b"NOTSET") != b"NOTSET" or len(pool.output) > 1:
            continue
        old = known.get("pads", [0] * len(margins))
        pads = [a + b for a, b in zip(old, margins, strict=True)]
        # A window that lies in the padding alone has no maximum; ONNX demands smaller paddings.
        if any(p >= k for p, k in zip(pads, list(known["kernel_shape"]) * 2, strict=True)):
            continue
        for attribute in [a for a in pool.attribute if a.name == "pads"]:
            pool.attribute.remove(attribute)
        pool.attribute.append(helper.make_attribute("pads", pads))
        pool.input[0] = pad.input[0]
    return graph.finish()


def chain_pools(model: onnx.ModelProto) -> onnx.ModelProto:
    """Maxima over 5 × 5, 9 × 9 and 13 × 13 of one value (spatial pyramids) become 5 × 5 one after the other. Exact."""
    graph = Graph(model)
    beside: dict[str, list[tuple[int, onnx.NodeProto]]] = {}
    for pool in graph.model.graph.node:
        if size := _centred(pool):
            beside.setdefault(pool.input[0], []).append((size, pool))
    for pools in beside.values():
        pools.sort(key=lambda one: one[0])
        for (small, before), (large, pool) in pairwise(pools):
            size = large - small + 1
            known = {"kernel_shape": [size] * 2, "pads": [size // 2] * 4, "strides": [1, 1]}
            new = helper.make_node("MaxPool", [before.output[0]], list(pool.output), name=pool.name, **known)
            pool.CopyFrom(new)
    graph.sort()
    return graph.finish()


def _centred(pool: onnx.NodeProto) -> int:
    """Side of the square around each place that a pool is the maximum of; 0 if it is anything else."""
    known = attributes(pool)
    size = (known.get("kernel_shape") or [0])[0]
    square = {"kernel_shape": [size] * 2, "pads": [size // 2] * 4}
    ones = all(set(known.get(key, [1])) == {1} for key in ("strides", "dilations"))
    same = all(list(known.get(key, [])) == value for key, value in square.items())
    own = known.get("auto_pad", b"NOTSET") == b"NOTSET" and len(pool.output) == 1
    return size if pool.op_type == "MaxPool" and size % 2 and ones and same and own else 0


def _margins(graph: Graph, pad: onnx.NodeProto) -> list[int] | None:
    """Begins and ends of the spatial axes, if the node pads those alone, with −∞."""
    if pad.op_type != "Pad" or attributes(pad).get("mode", b"constant") != b"constant" or len(pad.input) < 3:
        return None
    pads, value = graph.constant(pad.input[1]), graph.constant(pad.input[2])
    if pads is None or value is None or value.size != 1 or value.reshape(-1)[0] > LOWEST or (pads < 0).any():
        return None
    begins, ends = np.split(pads, 2)
    if begins[:2].any() or ends[:2].any():
        return None
    return [int(pad) for pad in [*begins[2:], *ends[2:]]]
