"""Channels in another order, and each times a factor of its own: undone by the convolutions that use them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import onnx

from .edit import Array, Graph, attributes

POINTWISE = ("Sigmoid", "Relu", "LeakyRelu", "Clip", "HardSigmoid", "HardSwish", "Tanh")


@dataclass
class Users:
    """Who has to change if the channels of a value do."""

    dense: list[onnx.NodeProto] = field(default_factory=list)
    """Convolutions over all channels: nothing changes behind them."""
    depthwise: list[onnx.NodeProto] = field(default_factory=list)
    """Convolutions of each channel: their results are in the new order, too."""


def users(graph: Graph, value: str) -> Users | None:
    """Users of a value, up to the convolutions that undo an order of its channels; None if others see it."""
    found = Users()
    consumers, seen, todo = graph.consumers(), {value}, [value]
    while todo:
        name = todo.pop()
        if name in graph.outputs:
            return None
        for node in consumers.get(name, []):
            known, weights = attributes(node), graph.constant(node.input[1]) if len(node.input) > 1 else None
            if node.op_type == "Conv" and weights is not None and node.input[0] == name:
                group = known.get("group", 1)
                if group == 1:
                    found.dense.append(node)
                    continue
                if weights.shape[1] != 1 or weights.shape[0] != group:
                    return None
                found.depthwise.append(node)
            elif not (node.op_type in POINTWISE or (node.op_type == "Mul" and _same(graph, node))):
                return None
            for made in node.output:
                if made not in seen:
                    seen.add(made)
                    todo.append(made)
    # A product of two values is only right if both are in the new order.
    for name in seen:
        for node in consumers.get(name, []):
            if node.op_type == "Mul" and any(part not in seen and graph.constant(part) is None for part in node.input):
                return None
    return found


def _same(graph: Graph, node: onnx.NodeProto) -> bool:
    """A product of computed values, or with one number."""
    constants = [graph.constant(name) for name in node.input]
    return all(constant is None or constant.size == 1 for constant in constants)


def direct(graph: Graph, value: str) -> bool:
    """Whether only convolutions use the value, so that a factor for each channel can be undone."""
    consumers = graph.consumers().get(value, [])
    return bool(consumers) and all(node.op_type == "Conv" and node.input[0] == value for node in consumers)


def reorder(graph: Graph, value: str, found: Users, order: Array, factors: Array) -> None:
    """Changes the users: channel i of the value is the former `order[i]`, times `factors[i]`."""
    for node in found.dense:
        weights = graph.constant(node.input[1])
        if weights is not None:
            by = (1 / factors if node.input[0] == value else np.ones(len(order)))[None, :, None, None]
            node.input[1] = graph.set_constant(f"{node.name}/w_ordered", _as(weights[:, order] * by, weights))
    for node in found.depthwise:
        weights = graph.constant(node.input[1])
        bias = graph.constant(node.input[2]) if len(node.input) > 2 else None
        if weights is not None:
            by = (1 / factors if node.input[0] == value else np.ones(len(order)))[:, None, None, None]
            node.input[1] = graph.set_constant(f"{node.name}/w_ordered", _as(weights[order] * by, weights))
        if bias is not None:
            node.input[2] = graph.set_constant(f"{node.name}/b_ordered", bias[order])


def _as(changed: Array, original: Array) -> Array:
    return changed.astype(original.dtype)
