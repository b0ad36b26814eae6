"""Takes channels out of the weights. The nodes, their names, the inputs and the outputs stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import helper

from ..graph import Graph
from ..graph.edit import attributes
from ..sensitivity.layers import macs
from .channels import Channels, Numbers


def cut(channels: Channels, removed: Numbers) -> onnx.ModelProto:
    """The model without those channels. What they gave to the layers behind is lost; see `restore`."""
    graph = Graph(channels.graph.model)
    gone = np.zeros(channels.total, bool)
    gone[removed] = True
    for (weight, axis), numbers in channels.uses.items():
        value = graph.constant(weight)
        if value is not None and gone[numbers].any():
            graph.set_constant(weight, np.compress(~gone[numbers], value, axis))
    for name, parts in channels.splits.items():
        graph.set_constant(name, np.array([int((~gone[part]).sum()) for part in parts], np.int64))
    for node in graph.nodes:
        if node.op_type == "Conv" and attributes(node).get("group", 1) > 1:
            _regroup(graph, node)
    return graph.finish()


def _regroup(graph: Graph, node: onnx.NodeProto) -> None:
    """A depthwise convolution has as many groups as channels; of others none is taken out."""
    weights = graph.constant(node.input[1])
    attribute = next(attribute for attribute in node.attribute if attribute.name == "group")
    if weights is not None and weights.shape[1] == 1:
        attribute.CopyFrom(helper.make_attribute("group", len(weights)))


@dataclass(frozen=True)
class Layer:
    """What a convolution costs for each channel that goes in and each that comes out."""

    cost: float
    """Multiplications and additions for a frame, of one channel from one channel."""
    into: Numbers | None
    """None if every channel is computed from one."""
    out: Numbers


class Costs:
    """Multiplications and additions of a frame, whatever is taken out."""

    def __init__(self, channels: Channels) -> None:
        graph, shapes, uses = channels.graph, channels.graph.shapes(), channels.uses
        self._total = channels.total
        self._layers: list[Layer] = []
        self._fixed = 0
        for node in graph.nodes:
            weights = graph.constant(node.input[1]) if node.op_type == "Conv" else None
            if weights is None:
                continue
            work, out, into = macs(graph, node, shapes), uses.get((node.input[1], 0)), uses.get((node.input[1], 1))
            if out is None:
                self._fixed += work
            else:
                pairs = len(out) * (len(into) if into is not None else 1)
                self._layers.append(Layer(work / pairs, into, out))

    def of(self, removed: Numbers) -> float:
        """For a frame, without those channels."""
        left = np.ones(self._total)
        left[removed] = 0
        total = float(self._fixed)
        for layer in self._layers:
            into = float(left[layer.into].sum()) if layer.into is not None else 1.0
            total += layer.cost * float(left[layer.out].sum()) * into
        return total
