"""Keeps float layers float.

ONNX Runtime makes eight bits, with one scale for all channels, of a convolution with float weights if its input comes
out of a DequantizeLinear and its result goes into a QuantizeLinear: just what stands around a layer that was left float
on purpose. It leaves those alone whose input has a scale for each channel, so these get one, the same for all.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import onnx
from onnx import helper

from ..graph import Graph


def guard(model: onnx.ModelProto, names: Collection[str]) -> onnx.ModelProto:
    """The model with an input of its own for each of these convolutions."""
    graph = Graph(model)
    producers, nodes = graph.producers(), list[onnx.NodeProto]()
    for node in graph.nodes:
        made = producers.get(node.input[0]) if node.op_type == "Conv" and node.name in names else None
        if made is not None and made.op_type == "DequantizeLinear":
            scale, zero, weights = (graph.constant(name) for name in [*made.input[1:3], node.input[1]])
            if scale is not None and zero is not None and weights is not None and scale.size == 1:
                group = next((a.i for a in node.attribute if a.name == "group"), 1)
                channels, name = weights.shape[1] * group, f"{node.name}/float"
                steps = [
                    graph.set_constant(f"{name}/scale", np.full(channels, scale.reshape(-1)[0], scale.dtype)),
                    graph.set_constant(f"{name}/zero", np.full(channels, zero.reshape(-1)[0], zero.dtype)),
                ]
                nodes.append(helper.make_node("DequantizeLinear", [made.input[0], *steps], [name], name=name, axis=1))
                node.input[0] = name
        nodes.append(node)
    graph.set_nodes(nodes)
    return graph.finish()
