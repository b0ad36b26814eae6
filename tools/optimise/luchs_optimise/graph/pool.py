"""A padding with −∞ before a maximum is the maximum's own padding."""

from __future__ import annotations

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
