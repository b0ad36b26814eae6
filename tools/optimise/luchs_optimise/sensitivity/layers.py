"""One layer in eight bits, all others in float."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper

from ..calibration import Range
from ..calibration.activations import CLAMPS, activations
from ..graph import Graph
from ..graph.check import quantizable
from ..graph.edit import Array
from ..quantize import Ranges
from ..quantize.weights import quantize_bias, quantize_weights


def layers(graph: Graph, ranges: Ranges) -> list[onnx.NodeProto]:
    """The nodes that the forms of this tool make eight bits, and that cost something: convolutions."""
    return [
        node
        for node in graph.nodes
        if quantizable(graph, node) and node.input[0] in ranges and node.output[0] in ranges
    ]


def alone(graph: Graph, layer: onnx.NodeProto, ranges: Ranges) -> onnx.ModelProto:
    """The model with the layer's input, weights and result as eight bits have them."""
    changed = Graph(graph.model)
    after = activations(changed).get(layer.output[0])
    # Of a clip the integer convolution has the range: there is no value in between.
    result = after.result if after and after.kind in CLAMPS else layer.output[0]
    nodes: list[onnx.NodeProto] = []
    for node in changed.nodes:
        if node.output[0] == layer.output[0]:
            nodes += _rounded(changed, layer.input[0], f"{layer.name}/in", ranges[layer.input[0]])
            nodes += _weights(changed, node, ranges[layer.input[0]].scale)
            node.input[0] = f"{layer.name}/in"
        made_here = result in node.output
        if made_here:
            node.output[list(node.output).index(result)] = f"{layer.name}/out"
        nodes.append(node)
        if made_here:
            nodes += _rounded(changed, f"{layer.name}/out", result, ranges[result])
    changed.set_nodes(nodes)
    return changed.finish()


def _weights(graph: Graph, layer: onnx.NodeProto, input_scale: float) -> list[onnx.NodeProto]:
    """As integers with a scale for each channel; of float weights the runtime would make others, with one scale."""
    weights, parts = graph.constant(layer.input[1]), dict[int, tuple[Array, Array]]()
    bias = graph.constant(layer.input[2]) if len(layer.input) > 2 else None
    if weights is None:
        return []
    made = quantize_weights(weights, bias=bias, input_scale=input_scale)
    parts[1] = made.steps, made.scales
    if bias is not None:
        parts[2] = quantize_bias(bias, made.scales, input_scale), made.scales * np.float32(input_scale)
    nodes: list[onnx.NodeProto] = []
    for index, (steps, scales) in parts.items():
        name = f"{layer.name}/{index}"
        constants = [
            graph.set_constant(f"{name}/steps", steps),
            graph.set_constant(f"{name}/scale", scales),
            graph.set_constant(f"{name}/zero", np.zeros(len(scales), steps.dtype)),
        ]
        nodes.append(helper.make_node("DequantizeLinear", constants, [name], name=name, axis=0))
        layer.input[index] = name
    return nodes


def _rounded(graph: Graph, source: str, result: str, used: Range) -> list[onnx.NodeProto]:
    steps = [
        graph.set_constant(f"{result}/scale", np.float32(used.scale)),
        graph.set_constant(f"{result}/zero", np.array(used.zero, np.uint8)),
    ]
    return [
        helper.make_node("QuantizeLinear", [source, *steps], [f"{result}/bytes"], name=f"{result}/bytes"),
        helper.make_node("DequantizeLinear", [f"{result}/bytes", *steps], [result], name=f"{result}/float"),
    ]


def macs(graph: Graph, layer: onnx.NodeProto, shapes: dict[str, tuple[int, ...]]) -> int:
    """Multiplications and additions of a convolution for one frame; 0 if its size is unknown."""
    weights, places = graph.constant(layer.input[1]), shapes.get(layer.output[0], ())
    if weights is None or not places:
        return 0
    return int(np.prod(weights.shape[1:])) * int(np.prod(places[1:]))
