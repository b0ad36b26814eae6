"""Walks a clean float graph and writes the integer one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper

from ...calibration import Range
from ...calibration.activations import Activation, activations
from ...graph import Graph
from ...graph.check import known_layers, quantizable
from ...graph.edit import attributes
from ...graph.stem import PIXELS
from ..guard import guard
from ..plan import Ranges
from ..rounding import Rounded
from .convolution import TABLE_DOMAIN, Pointwise, convolution, pointwise
from .moving import INTEGER
from .plain import plain
from .writer import BYTES, MICROSOFT, PLAIN, Writer


@dataclass(frozen=True)
class NhwcForm:
    """What the graph is written with."""

    exclude: Collection[str] = ()
    """Names of convolutions that stay float."""
    pointwise: Pointwise = Pointwise.STOCK
    rounding: Mapping[str, Rounded] = field(default_factory=dict)
    """Weights of convolutions by their names, where they are not just rounded to the nearest."""


def quantize_nhwc(model: onnx.ModelProto, ranges: Ranges, form: NhwcForm) -> onnx.ModelProto:
    """A model with the same outputs; its input is bytes [1, H, W, 3] if `graph.stem.bytes_in` prepared it."""
    known_layers(model, form.exclude)
    graph = Graph(model)
    write = Writer(ranges, graph.shapes())
    source = graph.inputs[0]
    write.put(source, PLAIN, source)
    after = activations(graph)
    made_of = {name: a for a in after.values() for name in a.nodes}
    producers = graph.producers()
    for node in graph.nodes:
        if source == PIXELS and _pixels(write, graph, node):
            continue
        _node(write, graph, node, after.get(node.output[0]), made_of.get(node.output[0]), producers, form)
    return guard(_finish(write, graph, model), form.exclude)


def _node(  # noqa: PLR0917
    write: Writer,
    graph: Graph,
    node: onnx.NodeProto,
    follows: Activation | None,
    part_of: Activation | None,
    producers: dict[str, onnx.NodeProto],
    form: NhwcForm,
) -> None:
    if part_of is not None and write.has(part_of.source, BYTES) and part_of.result not in graph.outputs:
        if node.output[0] == part_of.result and not write.has(part_of.result, BYTES):
            alone = part_of.kind == "Sigmoid"  # of a head: its result goes to the output, and stays exact
            if alone or (part_of.kind not in ("SiLU", "LeakyRelu") and form.pointwise is Pointwise.STOCK):
                plain(write, graph, node)
                return
            maker = producers[part_of.result]
            pointwise(write, part_of, attributes(maker).get("alpha", 0.01), form.pointwise)
        return
    if quantizable(graph, node) and node.name not in form.exclude:
        convolution(write, graph, node, follows, form.rounding.get(node.name))
        return
    if not (node.op_type in INTEGER and INTEGER[node.op_type](write, graph, node)):
        plain(write, graph, node)


def _pixels(write: Writer, graph: Graph, node: onnx.NodeProto) -> bool:
    """The first steps of a prepared graph, on the camera's bytes."""
    centred, blocks = f"{PIXELS}/centred", f"{PIXELS}/blocks"
    result = node.output[0]
    if result == centred:
        zero = float(np.asarray(graph.constant(node.input[1])).reshape(-1)[0])
        write.ranges[centred] = Range(-zero, 255 - zero)
        write.put(centred, BYTES, PIXELS)
        return True
    if result != blocks:
        return False
    write.ranges[blocks] = write.ranges[centred]
    _, channels, height, width = write.shapes[centred]
    # Two pixels of a row are side by side already; those below are put there. A transpose takes three times as long.
    to = write.constant(f"{blocks}/rows", np.array([height // 2, 2, width * channels], np.int64))
    rows = write.add("Reshape", [PIXELS, to], f"{blocks}/rows/u8")
    even_odd = [f"{blocks}/even", f"{blocks}/odd"]
    write.nodes.append(helper.make_node("Split", [rows], even_odd, name=f"{blocks}/split", axis=1))
    to = write.constant(f"{blocks}/pairs", np.array([1, height // 2, width // 2, 2 * channels], np.int64))
    pairs = [write.add("Reshape", [half, to], f"{half}/pairs") for half in even_odd]
    write.put(blocks, BYTES, write.add("Concat", pairs, f"{blocks}/u8", axis=3))
    return True


def _finish(write: Writer, graph: Graph, model: onnx.ModelProto) -> onnx.ModelProto:
    for name in graph.outputs:
        made = write.get(name, PLAIN)
        if made != name:
            write.add("Identity", [made], name)
    made_graph = onnx.GraphProto()
    made_graph.name = model.graph.name or "nhwc"
    made_graph.node.extend(write.nodes)
    made_graph.initializer.extend(write.constants.values())
    made_graph.input.extend(graph.model.graph.input)
    if graph.inputs == [PIXELS]:
        _, channels, height, width = write.shapes[PIXELS]
        pixels = helper.make_tensor_value_info(PIXELS, TensorProto.UINT8, [1, height, width, channels])
        made_graph.input[0].CopyFrom(pixels)
    made_graph.output.extend(graph.model.graph.output)
    sets = [helper.make_opsetid("", 13), helper.make_opsetid(MICROSOFT, 1), helper.make_opsetid(TABLE_DOMAIN, 1)]
    made = helper.make_model(made_graph, opset_imports=sets, producer_name="luchs-optimise")
    made.ir_version = 8
    return Graph(made).finish()
