"""Small things that converters leave behind and that would each become eight bits on their own."""

from __future__ import annotations

import numpy as np
import onnx

from .edit import Graph


def tidy(model: onnx.ModelProto) -> onnx.ModelProto:
    """`Sum` of two is `Add`, constants behind a sum move into a convolution, reshapes to the same shape go. Exact."""
    graph = Graph(model)
    for node in graph.model.graph.node:
        if node.op_type == "Sum" and len(node.input) == 2:
            node.op_type = "Add"
    _constants_into_convolutions(graph)
    _reshapes_for_nothing(graph)
    return graph.finish()


def _constants_into_convolutions(graph: Graph) -> None:
    """(conv + x) + c, as residuals with the bias at the end are written, is (conv + c) + x."""
    for node in graph.nodes:
        if node.op_type != "Add":
            continue
        producers, consumers = graph.producers(), graph.consumers()
        constant = next((c for c in map(graph.constant, node.input) if c is not None), None)
        inner = next((producers[name] for name in node.input if name in producers), None)
        if constant is None or inner is None or inner.op_type != "Add" or _shared(graph, consumers, inner.output[0]):
            continue
        for name in inner.input:
            conv = producers.get(name)
            if conv is not None and conv.op_type == "Conv" and not _shared(graph, consumers, name):
                if _into(graph, conv, constant):
                    kept = [n for n in graph.model.graph.node if n.output[0] != node.output[0]]
                    next(n for n in kept if n.output[0] == inner.output[0]).output[0] = node.output[0]
                    graph.set_nodes(kept)
                break


def _shared(graph: Graph, consumers: dict[str, list[onnx.NodeProto]], name: str) -> bool:
    return name in graph.outputs or len(consumers.get(name, [])) != 1


def _into(graph: Graph, conv: onnx.NodeProto, constant: np.ndarray) -> bool:
    """Adds a constant for each channel (or one for all) to a convolution's bias."""
    weights = graph.constant(conv.input[1])
    bias = graph.constant(conv.input[2]) if len(conv.input) > 2 else np.float32(0)
    if weights is None or bias is None or weights.ndim != 4:
        return False
    channels = len(weights)
    if constant.size not in (1, channels) or (constant.size > 1 and constant.shape[-3:] != (channels, 1, 1)):
        return False
    total = np.broadcast_to(bias + constant.reshape(-1), (channels,)).astype(np.float32)
    target = next(node for node in graph.model.graph.node if node.output[0] == conv.output[0])
    del target.input[2:]
    target.input.append(graph.set_constant(f"{conv.output[0]}/bias", total))
    return True


def _reshapes_for_nothing(graph: Graph) -> None:
    shapes, replaced = graph.shapes(), dict[str, str]()
    kept: list[onnx.NodeProto] = []
    for node in graph.nodes:
        for index, name in enumerate(node.input):
            node.input[index] = replaced.get(name, name)
        before, after = (shapes.get(name) for name in (node.input[0] if node.input else "", node.output[0]))
        same = node.op_type == "Reshape" and before is not None and before == after
        if same and node.output[0] not in graph.outputs:
            replaced[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    graph.set_nodes(kept)


def named(model: onnx.ModelProto) -> onnx.ModelProto:
    """Every node gets a name that no other has: layers are kept in float by it."""
    graph, used = Graph(model), set[str]()
    nodes = graph.nodes
    for node in nodes:
        if not node.name or node.name in used:
            node.name = f"{node.op_type}:{node.output[0]}"
        used.add(node.name)
    graph.set_nodes(nodes)
    return graph.finish()
