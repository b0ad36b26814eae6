"""Walks a TensorFlow graph from its outputs and writes the same in ONNX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx

from ..errors import ModelError
from . import convolution, elementwise, shapes
from .builder import Builder
from .constants import KNOWN
from .read import Node, TfGraph
from .values import Axes, Constant, Tensor, Value, identity

Emitted = Tensor | list[Tensor]
EMIT: dict[str, Callable[[Builder, Node, list[Value]], Emitted]] = {
    "Conv2D": convolution.convolution,
    "DepthwiseConv2dNative": convolution.convolution,
    "MaxPool": convolution.max_pool,
    "ResizeBilinear": convolution.resize_bilinear,
    "FusedBatchNorm": convolution.batch_norm,
    **dict.fromkeys(elementwise.BINARY, elementwise.binary),
    **dict.fromkeys(elementwise.UNARY, elementwise.unary),
    "AddN": elementwise.add_many,
    "Relu6": elementwise.relu6,
    "LeakyRelu": elementwise.leaky_relu,
    "Transpose": shapes.transpose,
    "Reshape": shapes.reshape,
    "Squeeze": shapes.squeeze,
    "ExpandDims": shapes.expand_dims,
    "ConcatV2": shapes.concat,
    "Pack": shapes.pack,
    "Unpack": shapes.unpack,
    "SplitV": shapes.split,
    "Slice": shapes.cut,
    "Pad": shapes.pad,
    "PadV2": shapes.pad,
}


@dataclass(frozen=True)
class Cut:
    """Which part of the graph is wanted: from values that are given to values that are asked for."""

    inputs: dict[str, Axes]
    """Name (`NODE` or `NODE:OUTPUT`) and shape, in TensorFlow's order."""
    outputs: Sequence[str]


def convert(graph: TfGraph, cut: Cut, name: str) -> onnx.ModelProto:
    """The part of `graph` as an ONNX model of opset 13 with fixed sizes, float32."""
    given = {_full(key): Tensor(_full(key), shape, identity(len(shape))) for key, shape in cut.inputs.items()}
    build = Builder([*given, *cut.outputs])
    values: dict[str, list[Value]] = {}
    for node in _in_order(graph, given, cut.outputs):
        inputs = [_value(values, given, key) for key in node.inputs]
        values[node.name] = _emit(build, graph, node, inputs)
    finals = {key: build.plain(_value(values, given, _full(key)), key) for key in cut.outputs}
    model = build.model(name, list(given.values()), finals)
    onnx.checker.check_model(model)
    return model


def _full(key: str) -> str:
    return key if ":" in key else key + ":0"


def _value(values: dict[str, list[Value]], given: dict[str, Tensor], key: str) -> Value:
    name, _, index = _full(key).rpartition(":")
    return given.get(_full(key)) or values[name][int(index)]


def _in_order(graph: TfGraph, given: dict[str, Tensor], outputs: Sequence[str]) -> list[Node]:
    """The nodes that the outputs need, each after its inputs. Without recursion: graphs are deep."""
    ordered: dict[str, Node] = {}
    stack = [(_full(key), False) for key in reversed(outputs)]
    begun: set[str] = set()
    while stack:
        key, done = stack.pop()
        name = key.rpartition(":")[0]
        if key in given or name in ordered:
            continue
        if (node := graph.nodes.get(name)) is None:
            known = ", ".join(graph.outputs) or "see the nodes of model.json"
            raise ModelError(f"the model has no value {key}; its outputs are: {known}")
        if done:
            ordered[name] = node
        elif name in begun:
            raise ModelError(f"{name}: needs its own result; loops cannot be converted, cut the model behind it")
        else:
            begun.add(name)
            stack.append((key, True))
            stack += [(_full(needed), False) for needed in node.inputs]
    return list(ordered.values())


def _emit(build: Builder, graph: TfGraph, node: Node, inputs: list[Value]) -> list[Value]:
    if node.op == "Const":
        return [Constant(graph.weights[node.name])]
    if node.op == "Shape":
        return [Constant(np.array(inputs[0].shape, np.int64))]
    arrays = [value.array for value in inputs if isinstance(value, Constant)]
    try:
        if len(arrays) == len(inputs) and node.op in KNOWN:
            return [Constant(np.asarray(KNOWN[node.op](node, arrays)))]
        if node.op == "Unpack" and len(arrays) == 1:
            axis = node.integer("axis")
            return [Constant(part) for part in np.moveaxis(arrays[0], axis, 0)]
        if node.op not in EMIT:
            known = ", ".join(sorted(EMIT))
            raise ModelError(f"{node.name}: the operator {node.op} cannot be converted; known are: {known}")
        made = EMIT[node.op](build, node, inputs)
    except NotImplementedError as error:
        raise ModelError(f"{node.name}: {node.op} with {error} cannot be converted; cut the model before it") from error
    return list(made) if isinstance(made, list) else [made]
