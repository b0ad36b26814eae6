"""A convolution whose channels have very different ranges becomes two, each with a range of its own.

One range for all channels gives the narrow ones a few of its 256 steps. So one convolution makes the narrow channels,
the other one the wide channels; behind its activation the narrow half is scaled up to the range of the wide one, the
halves are added, and the convolutions behind have the factor taken out of their weights. This is equalisation across
layers (Nagel et al., arXiv 1906.04721, 4.1) for activations that a factor does not pass through, like SiLU.

ReLU and LeakyReLU do let it through: there the weights of the narrow channels are made larger, and nothing is added.

Both halves keep all channels, those of the other one at zero: kernels are fast for multiples of 16 channels, and a sum
is cheaper than putting channels side by side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import helper

from ..calibration.activations import Activation, activations
from ..errors import ModelError
from .edit import Array, Graph, attributes

LETS_THROUGH = ("Relu", "LeakyRelu")
"""Functions of a value times a positive factor that are the factor times those of the value."""


@dataclass(frozen=True)
class Split:
    """Which channels of a convolution are narrow, and by how much they are scaled up."""

    conv: str
    narrow: tuple[int, ...]
    factor: float


def can_split(graph: Graph, after: Activation) -> bool:
    """Whether zero stays zero in the activation, and only convolutions see its result."""
    users = graph.consumers().get(after.result, [])
    constant = all(graph.constant(user.input[1]) is not None for user in users if user.op_type == "Conv")
    alone = all(user.op_type == "Conv" and user.input[0] == after.result for user in users)
    zero = float(after.function(np.zeros(1))[0]) == 0
    return bool(users) and alone and constant and zero and after.factor == 1 and after.result not in graph.outputs


def costs_nothing(model: onnx.ModelProto, wanted: Split) -> bool:
    """Whether a factor in the weights does it."""
    graph = Graph(model)
    sources = [node.output[0] for node in graph.nodes if node.name == wanted.conv]
    after = activations(graph).get(sources[0]) if sources else None
    return after is not None and after.kind in LETS_THROUGH


def split(model: onnx.ModelProto, wanted: Split) -> onnx.ModelProto:
    """The model with that convolution in two, or with its narrow channels scaled up where that is enough. The same
    results, but for rounding."""
    graph = Graph(model)
    conv = next((node for node in graph.model.graph.node if node.name == wanted.conv), None)
    after = activations(graph).get(conv.output[0]) if conv is not None else None
    if conv is None or after is None or not can_split(graph, after):
        raise ModelError(f"{wanted.conv} cannot be split: an activation and then convolutions alone have to follow it")
    weights = graph.constant(conv.input[1])
    if weights is None:
        raise ModelError(f"{wanted.conv}: its weights are not constant")
    narrow = np.zeros(len(weights), bool)
    narrow[list(wanted.narrow)] = True
    factors = np.where(narrow, wanted.factor, 1.0)
    _undo(graph, after.result, factors)
    if after.kind in LETS_THROUGH:
        _scale(graph, conv, factors)
        return graph.finish()
    scaled, wide = joined(after.result)
    by = graph.set_constant(f"{after.result}/factor", np.float32(wanted.factor))
    new = [
        *_half(graph, conv, after, narrow, "narrow"),
        *_half(graph, conv, after, ~narrow, "wide"),
        helper.make_node("Mul", [f"{after.result}/narrow", by], [scaled], name=scaled),
        helper.make_node("Add", [scaled, wide], [after.result], name=after.result),
    ]
    old = {conv.output[0], *after.nodes}
    nodes: list[onnx.NodeProto] = []
    for node in graph.nodes:
        if node.output[0] == conv.output[0]:
            nodes += new
        elif node.output[0] not in old:
            nodes.append(node)
    graph.set_nodes(nodes)
    return graph.finish()


def joined(result: str) -> tuple[str, str]:
    """Names of the two halves of a value: of all three the range is the same."""
    return f"{result}/narrow/scaled", f"{result}/wide"


def _undo(graph: Graph, value: str, factors: Array) -> None:
    """Takes factors of channels out of the convolutions that use a value."""
    for node in graph.consumers()[value]:
        weights = graph.constant(node.input[1])
        if weights is None:
            continue
        group, (out, inside, _, _) = attributes(node).get("group", 1), weights.shape
        # Which channel of the value each weight meets: groups have theirs one after the other.
        of_group = np.repeat(np.arange(group), out // group)
        met = of_group[:, None] * inside + np.arange(inside)[None, :]
        changed = (weights / factors[met][:, :, None, None]).astype(weights.dtype)
        node.input[1] = graph.set_constant(f"{node.name or node.output[0]}/unscaled", changed)


def _scale(graph: Graph, conv: onnx.NodeProto, factors: Array) -> None:
    for index in range(1, len(conv.input)):
        constant = graph.constant(conv.input[index])
        if constant is not None:
            scaled = (constant * factors.reshape(-1, *[1] * (constant.ndim - 1))).astype(constant.dtype)
            conv.input[index] = graph.set_constant(f"{conv.name}/scaled/{index}", scaled)


def _half(graph: Graph, conv: onnx.NodeProto, after: Activation, kept: Array, suffix: str) -> list[onnx.NodeProto]:
    """The convolution and its activation, all other channels at zero."""
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
                    mask = kept.reshape(-1, *[1] * (constant.ndim - 1))
                    copy.input[index] = graph.set_constant(f"{copy.name}/{index}", constant * mask)
        made.append(copy)
    return made
