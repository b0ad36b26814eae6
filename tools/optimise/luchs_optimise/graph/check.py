"""What a model must be for this tool to make eight bits of it."""

from __future__ import annotations

from collections.abc import Collection

import onnx
from onnx import AttributeProto, TensorProto

from ..errors import ModelError
from .edit import Graph

INSIDE = (AttributeProto.GRAPH, AttributeProto.GRAPHS)


def check(graph: Graph) -> None:
    """Raises `ModelError` that names what cannot be taken, before anything is measured."""
    if len(graph.inputs) != 1:
        raise ModelError(f"the model has the inputs {', '.join(graph.inputs)}; models with one input can be quantized")
    source = graph.model.graph.input[0]
    if source.type.tensor_type.elem_type != TensorProto.FLOAT:
        kind = TensorProto.DataType.Name(source.type.tensor_type.elem_type)
        raise ModelError(f"the input {source.name} is {kind}, not FLOAT; start from the float model")
    sizes = source.type.tensor_type.shape.dim
    if not sizes or not all(size.dim_value > 0 for size in sizes):
        shape = [size.dim_value or size.dim_param or "?" for size in sizes]
        raise ModelError(f"the input {source.name} has an open size {shape}; give the model one with: clean --size WxH")
    for node in graph.nodes:
        if any(attribute.type in INSIDE for attribute in node.attribute):
            raise ModelError(
                f"{node.name}: the operator {node.op_type} has graphs inside, which cannot be quantized; "
                "export the model without loops and branches, and without suppression of duplicates"
            )
    if not any(quantizable(graph, node) for node in graph.nodes):
        kinds = sorted({node.op_type for node in graph.nodes})
        raise ModelError(
            "nothing in the model gains from eight bits: it has no convolution with constant weights, only "
            f"{', '.join(kinds[:8])}; use a convolutional detector"
        )


def quantizable(graph: Graph, node: onnx.NodeProto) -> bool:
    """Whether a node is a convolution over pictures whose weights are known."""
    weights = graph.constant(node.input[1]) if node.op_type == "Conv" else None
    bias = graph.constant(node.input[2]) if weights is not None and len(node.input) > 2 else 0
    return weights is not None and bias is not None and weights.ndim == 4


def known_layers(model: onnx.ModelProto, names: Collection[str]) -> None:
    """Raises `ModelError` if a layer that shall stay float is not there."""
    unknown = set(names) - {node.name for node in model.graph.node}
    if unknown:
        raise ModelError(
            f"there is no node {', '.join(sorted(unknown))} to keep in float; see the report of sensitivity"
        )
