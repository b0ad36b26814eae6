"""Integer graphs with table operators, for runtimes that do not have that operator."""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

from ...graph import Graph
from .convolution import TABLE, TABLE_DOMAIN


def with_stock_operators(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same bytes by `Gather`: slow, but everywhere."""
    graph = Graph(model)
    nodes: list[onnx.NodeProto] = []
    for node in graph.nodes:
        if node.domain == TABLE_DOMAIN and node.op_type == TABLE:
            index = f"{node.output[0]}/index"
            nodes.append(helper.make_node("Cast", [node.input[0]], [index], name=index, to=TensorProto.INT32))
            nodes.append(helper.make_node("Gather", [node.input[1], index], list(node.output), name=node.name))
        else:
            nodes.append(node)
    graph.set_nodes(nodes)
    return graph.finish()
