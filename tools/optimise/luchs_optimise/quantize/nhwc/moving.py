"""Operators on bytes that move or join them, channels last."""

from __future__ import annotations

from collections.abc import Callable

import onnx

from ...graph import Graph
from ...graph.edit import attributes
from .resize import resize
from .writer import BYTES, MICROSOFT, Writer

TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]


def _done(write: Writer, node: onnx.NodeProto) -> str:
    write.put(node.output[0], BYTES, write.name(node.output[0], BYTES))
    return write.name(node.output[0], BYTES)


def add(write: Writer, _graph: Graph, node: onnx.NodeProto) -> bool:
    """`Add` of two computed values of one shape."""
    shapes = [write.shapes.get(name) for name in node.input]
    if any(name not in write.ranges for name in node.input) or shapes[0] != shapes[1] or len(shapes[0] or ()) != 4:
        return False
    inputs = [part for name in node.input for part in (write.get(name, BYTES), *write.steps(name))]
    write.add("QLinearAdd", [*inputs, *write.steps(node.output[0])], _done(write, node), MICROSOFT)
    return True


def max_pool(write: Writer, _graph: Graph, node: onnx.NodeProto) -> bool:
    """`MaxPool`: the range of the result is that of the input."""
    known = {k: v for k, v in attributes(node).items() if k in ("kernel_shape", "pads", "strides")}
    if write.ranges[node.input[0]] != write.ranges[node.output[0]] or len(node.output) > 1:
        return False
    write.add("NhwcMaxPool", [write.get(node.input[0], BYTES)], _done(write, node), MICROSOFT, **known)
    return True


def concat(write: Writer, _graph: Graph, node: onnx.NodeProto) -> bool:
    """`Concat` of channels that have one range: a copy. It pays where the parts are bytes already."""
    same = {write.ranges.get(name) for name in [*node.input, node.output[0]]}
    ready = all(write.has(name, BYTES) for name in node.input)
    if attributes(node)["axis"] != 1 or len(same) != 1 or not ready or len(write.shapes[node.output[0]]) != 4:
        return False
    write.add("Concat", [write.get(name, BYTES) for name in node.input], _done(write, node), axis=3)
    return True


def transpose(write: Writer, _graph: Graph, node: onnx.NodeProto) -> bool:
    """A transpose between the two orders of channels is a change of form: nothing moves."""
    order, source, result = attributes(node).get("perm"), node.input[0], node.output[0]
    if source in write.ranges:
        write.ranges[result] = write.ranges[source]
    rank = len(write.shapes.get(source, ()))
    if rank < 3 or order not in ([0, *range(2, rank), 1], [0, rank - 1, *range(1, rank - 1)]):
        return False
    found = False
    for form in [f for f in (BYTES, BYTES._replace(integer=False)) if order == [0, *range(2, rank), 1]]:
        if write.has(source, form):
            write.put(result, form._replace(last=False), write.get(source, form))
            found = True
    for form in [f for f in (BYTES, BYTES._replace(integer=False)) if order == [0, rank - 1, *range(1, rank - 1)]]:
        if write.has(source, form._replace(last=False)):
            write.put(result, form, write.get(source, form._replace(last=False)))
            found = True
    return found


INTEGER: dict[str, Callable[[Writer, Graph, onnx.NodeProto], bool]] = {
    "Add": add,
    "MaxPool": max_pool,
    "Concat": concat,
    "Resize": resize,
    "Transpose": transpose,
}
"""Each writes its node and says yes, or leaves it to float."""
