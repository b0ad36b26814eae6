"""Which functions follow a convolution: the error that counts is the one behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx

from ..graph import Graph
from ..graph.edit import attributes

Array = np.ndarray[Any, Any]
Function = Callable[[Array], Array]
SINGLE = ("LeakyRelu", "Relu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh")
CLAMPS = ("Clip", "Relu")
"""Of these an integer convolution does what it can with the ends of its range."""


@dataclass(frozen=True)
class Activation:
    """A pointwise function of one tensor, in one node or (SiLU) in two."""

    kind: str
    source: str
    result: str
    nodes: tuple[str, ...]
    """Outputs of the nodes that it is made of."""
    function: Function
    factor: float = 1.0
    """A number that the result is multiplied with at last; `function` has it."""


def sigmoid(x: Array) -> Array:
    """The logistic function, without overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -60, 60))))


def activations(graph: Graph) -> dict[str, Activation]:
    """The pointwise functions by their source, where nothing else uses it."""
    consumers = graph.consumers()
    found: dict[str, Activation] = {}
    for node in graph.nodes:
        users = consumers.get(node.output[0], []) if node.output else []
        source = node.output[0] if node.output else ""
        if source in graph.outputs:
            continue
        made = _single(graph, source, users) or _silu(graph, source, users, consumers)
        if made:
            found[source] = _scaled(graph, made, consumers.get(made.result, []))
    return found


def _single(graph: Graph, source: str, users: list[onnx.NodeProto]) -> Activation | None:
    if len(users) != 1 or users[0].op_type not in SINGLE or users[0].input[0] != source:
        return None
    function = function_of(graph, users[0])
    if function is None:
        return None
    result = users[0].output[0]
    return Activation(users[0].op_type, source, result, (result,), function)


def _silu(
    graph: Graph, source: str, users: list[onnx.NodeProto], consumers: dict[str, list[onnx.NodeProto]]
) -> Activation | None:
    """Sigmoid(x) · x, as exporters write it."""
    kinds = {user.op_type: user for user in users}
    if len(users) != 2 or set(kinds) != {"Sigmoid", "Mul"}:
        return None
    inner, outer = kinds["Sigmoid"].output[0], kinds["Mul"]
    alone = [user.output[0] for user in consumers.get(inner, [])] == [outer.output[0]]
    if set(outer.input) != {source, inner} or not alone or inner in graph.outputs:
        return None
    result = outer.output[0]
    return Activation("SiLU", source, result, (inner, result), lambda x: x * sigmoid(x))


def _scaled(graph: Graph, made: Activation, users: list[onnx.NodeProto]) -> Activation:
    """With the one number that alone follows it, as `graph.split` writes it."""
    if len(users) != 1 or users[0].op_type != "Mul" or made.result in graph.outputs:
        return made
    factor = next((c for c in map(graph.constant, users[0].input) if c is not None), None)
    if factor is None or factor.size != 1 or float(factor.reshape(-1)[0]) <= 0:
        return made
    by, inner, result = float(factor.reshape(-1)[0]), made.function, users[0].output[0]
    return Activation(made.kind, made.source, result, (*made.nodes, result), lambda x: by * inner(x), by)


def function_of(graph: Graph, node: onnx.NodeProto) -> Function | None:
    """What one node computes, if its numbers are constant."""
    known = attributes(node)
    alpha, beta = known.get("alpha"), known.get("beta", 0.5)
    bounds = _bounds(graph, node) if node.op_type == "Clip" else (-np.inf, np.inf)
    if bounds is None:
        return None
    low, high = bounds
    functions: dict[str, Function] = {
        "LeakyRelu": lambda x: np.where(x < 0, x * (0.01 if alpha is None else alpha), x),
        "Relu": lambda x: np.maximum(x, 0),
        "Sigmoid": sigmoid,
        "Tanh": np.tanh,
        "HardSigmoid": lambda x: np.clip((0.2 if alpha is None else alpha) * x + beta, 0, 1),
        "HardSwish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
        "Clip": lambda x: np.clip(x, low, high),
    }
    return functions.get(node.op_type)


def _bounds(graph: Graph, node: onnx.NodeProto) -> tuple[float, float] | None:
    names = [*node.input[1:3], "", ""][:2]
    bounds = [
        graph.constant(name) if name else np.float32(end) for name, end in zip(names, (-np.inf, np.inf), strict=True)
    ]
    if any(bound is None for bound in bounds):
        return None
    low, high = (float(np.asarray(bound).reshape(-1)[0]) for bound in bounds)
    return low, high
