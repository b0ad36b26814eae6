"""Operators that stay float. Channels stay last where that saves a transpose: at the heads, up to the output."""

from __future__ import annotations

import numpy as np
import onnx

from ...graph import Graph
from ...graph.edit import attributes
from .writer import BYTES, FLOAT_LAST, PLAIN, Writer

UNARY = ("Sigmoid", "Relu", "LeakyRelu", "Tanh", "Exp", "HardSigmoid", "HardSwish")


def plain(write: Writer, graph: Graph, node: onnx.NodeProto) -> None:
    """Writes the node as it is, or the same with channels last."""
    computed = [name for name in node.input if name and graph.constant(name) is None]
    last = all(write.has(name, FLOAT_LAST) or write.has(name, BYTES) for name in computed)
    if last and computed and _last(write, graph, node):
        return
    for name in node.input:
        value = graph.constant(name) if name else None
        if value is not None:
            write.constant(name, value)
    inputs = [write.get(name, PLAIN) if name in computed else name for name in node.input]
    copy = onnx.NodeProto.FromString(node.SerializeToString())
    copy.input[:] = inputs
    write.nodes.append(copy)
    for name in node.output:
        write.put(name, PLAIN, name)


def _last(write: Writer, graph: Graph, node: onnx.NodeProto) -> bool:
    known, result = attributes(node), node.output[0]
    before, after = write.shapes.get(node.input[0], ()), write.shapes.get(result, ())
    name = write.name(result, FLOAT_LAST)
    if node.op_type in UNARY:
        write.add(node.op_type, [write.get(node.input[0], FLOAT_LAST)], name, **known)
    elif node.op_type == "Concat" and len(after) >= 3:
        # Axis 1 is the last one now, and those behind it come one earlier.
        axis = len(after) - 1 if known["axis"] == 1 else known["axis"] - 1
        write.add("Concat", [write.get(part, FLOAT_LAST) for part in node.input], name, axis=axis)
    elif node.op_type == "Reshape" and len(before) == 4 and len(after) == 3 and before[:2] == after[:2]:
        shape = write.constant(f"{name}/shape", np.array([after[0], after[2], after[1]], np.int64))
        write.add("Reshape", [write.get(node.input[0], FLOAT_LAST), shape], name)
    elif node.op_type == "Split" and known.get("axis", 0) == 1 and len(before) >= 3:
        return _split(write, graph, node, len(before) - 1)
    else:
        return False
    write.put(result, FLOAT_LAST, name)
    return True


def _split(write: Writer, graph: Graph, node: onnx.NodeProto, axis: int) -> bool:
    sizes = [write.constant(name, graph.constant(name)) for name in node.input[1:]]
    names = [write.name(name, FLOAT_LAST) for name in node.output]
    source = write.get(node.input[0], FLOAT_LAST)
    write.nodes.append(onnx.helper.make_node("Split", [source, *sizes], names, name=names[0], axis=axis))
    for value, name in zip(node.output, names, strict=True):
        write.put(value, FLOAT_LAST, name)
    return True
