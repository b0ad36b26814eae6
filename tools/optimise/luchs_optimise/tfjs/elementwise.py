"""Operators on one element at a time: any order of axes will do, if all inputs have the same."""

from __future__ import annotations

import numpy as np

from .builder import Builder
from .read import Node
from .values import Constant, Tensor, Value

BINARY = {"Add": "Add", "AddV2": "Add", "Sub": "Sub", "Mul": "Mul", "RealDiv": "Div", "BiasAdd": "Add"}
UNARY = {"Relu": "Relu", "Sigmoid": "Sigmoid", "Exp": "Exp", "Identity": "Identity"}


def binary(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """Two inputs, the smaller of which is spread over the other."""
    first = next(value for value in inputs if isinstance(value, Tensor) and len(value.shape) == _rank(inputs))
    names = [_aligned(build, value, first, node.name) for value in inputs]
    shape = np.broadcast_shapes(*(value.shape for value in inputs))
    return Tensor(build.add(BINARY[node.op], names, node.name), shape, first.axes)


def add_many(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`AddN`: as many inputs of one shape as there are."""
    first = next(value for value in inputs if isinstance(value, Tensor))
    names = [_aligned(build, value, first, node.name) for value in inputs]
    total = names[0]
    for name in names[1:]:
        total = build.add("Add", [total, name], node.name)
    return Tensor(total, first.shape, first.axes)


def unary(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """One input, no numbers."""
    x = _tensor(inputs[0])
    if node.op == "Identity":
        return x
    return Tensor(build.add(UNARY[node.op], [x.name], node.name), x.shape, x.axes)


def relu6(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`Relu6` is a clip to 0 … 6."""
    x = _tensor(inputs[0])
    low = build.constant(np.float32(0), node.name + "/min")
    high = build.constant(np.float32(6), node.name + "/max")
    return Tensor(build.add("Clip", [x.name, low, high], node.name), x.shape, x.axes)


def leaky_relu(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`LeakyRelu`."""
    x = _tensor(inputs[0])
    return Tensor(build.add("LeakyRelu", [x.name], node.name, alpha=node.number("alpha")), x.shape, x.axes)


def _tensor(value: Value) -> Tensor:
    if isinstance(value, Constant):
        raise NotImplementedError("an input that is constant")
    return value


def _rank(inputs: list[Value]) -> int:
    return max(len(value.shape) for value in inputs)


def _aligned(build: Builder, value: Value, like: Tensor, wanted: str) -> str:
    rank = len(like.shape)
    if isinstance(value, Constant):
        spread = value.array.reshape((1,) * (rank - value.array.ndim) + value.array.shape)
        return build.constant(spread.transpose(like.axes), wanted + "/constant")
    if len(value.shape) != rank:
        raise NotImplementedError("two computed inputs with different numbers of axes")
    return build.laid_out(value, like.axes, wanted).name
