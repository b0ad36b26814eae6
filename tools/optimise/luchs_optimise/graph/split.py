"""A convolution whose channels have very different ranges becomes two, each with a range of its own.

One range for all channels gives the narrow ones a few of its 256 steps. After the split the narrow half is scaled up to
the wide one behind its activation, so that both are one tensor again, and the convolutions behind have the factor taken
out of their weights. This is equalisation across layers (Nagel et al., arXiv 1906.04721, 4.1) for activations that a
factor does not pass through, like SiLU.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import helper

from ..calibration.activations import Activation, activations
from ..errors import ModelError
from .edit import Array, Graph
from .order import direct, reorder, users


@dataclass(frozen=True)
class Split:
    """Which channels of a convolution are narrow, and by how much they are scaled up."""

    conv: str
    narrow: tuple[int, ...]
    factor: float


def split(model: onnx.ModelProto, wanted: Split) -> onnx.ModelProto:
    """The model with that convolution in two. The same results, but for rounding."""
    graph = Graph(model)
    conv = next((node for node in graph.model.graph.node if node.name == wanted.conv), None)
    after = activations(graph).get(conv.output[0]) if conv is not None else None
    found = users(graph, after.result) if after else None
    if conv is None or after is None or found is None or not direct(graph, after.result):
        raise ModelError(f"{wanted.conv} cannot be split: an activation and then convolutions alone have to follow it")
    weights = graph.constant(conv.input[1])
    if weights is None:
        raise ModelError(f"{wanted.conv}: its weights are not constant")
    narrow = np.array(wanted.narrow, np.int64)
    wide = np.setdiff1d(np.arange(len(weights)), narrow)
    order = np.concatenate([narrow, wide])
    factors = np.where(np.arange(len(order)) < len(narrow), wanted.factor, 1.0)
    reorder(graph, after.result, found, order, factors)
    new = [*_half(graph, conv, after, narrow, "narrow"), *_half(graph, conv, after, wide, "wide")]
    scaled = f"{after.result}/narrow/scaled"
    by = graph.set_constant(f"{after.result}/factor", np.float32(wanted.factor))
    new.append(helper.make_node("Mul", [f"{after.result}/narrow", by], [scaled], name=scaled))
    new.append(helper.make_node("Concat", [scaled, f"{after.result}/wide"], [after.result], name=after.result, axis=1))
    old = {conv.output[0], *after.nodes}
    nodes: list[onnx.NodeProto] = []
    for node in graph.nodes:
        if node.output[0] == conv.output[0]:
            nodes += new
        elif node.output[0] not in old:
            nodes.append(node)
    graph.set_nodes(nodes)
    return graph.finish()


def _half(graph: Graph, conv: onnx.NodeProto, after: Activation, channels: Array, suffix: str) -> list[onnx.NodeProto]:
    """The convolution and its activation for some of the channels."""
    made: list[onnx.NodeProto] = []
    parts = {conv.output[0], *after.nodes}
    for node in graph.nodes:
        if node.output[0] not in parts:
            continue
        copy = onnx.NodeProto.FromString(node.SerializeToString())
        copy.name = f"{node.name or node.output[0]}/{suffix}"
        copy.output[0] = f"{node.output[0]}/{suffix}"
        for index, name in enumerate(node.input):
            if name in parts:
                copy.input[index] = f"{name}/{suffix}"
        if node.output[0] == conv.output[0]:
            for index in range(1, len(node.input)):
                constant = graph.constant(node.input[index])
                if constant is not None:
                    copy.input[index] = graph.set_constant(f"{copy.name}/{index}", constant[channels])
        made.append(copy)
    return made
