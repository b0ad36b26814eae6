"""The first convolution, so that it takes the camera's bytes: normalisation folded in, two by two pixels at a time.

A convolution over three channels leaves most of an integer unit idle. Over blocks of 2 × 2 pixels it has twelve, and a
quarter of the places.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper

from ..errors import ModelError
from .edit import Array, Graph, attributes

PIXELS = "pixels"


def bytes_in(model: onnx.ModelProto, mean: Sequence[float], std: Sequence[float]) -> tuple[onnx.ModelProto, int]:
    """A model whose input `pixels` is what the camera sees, 0 to 255, still float, channels first also if the model has
    them last.

    Returns it with the value that stands for “nothing” at the border of the picture: a single one for all channels, as
    the zero point of a quantized tensor is. With equal means the results are the same; else they differ at the border.
    """
    graph = Graph(model)
    source, shape, turned = _picture(graph)
    convs = graph.consumers().get(source, [])
    if len(convs) != 1 or convs[0].op_type != "Conv":
        found = ", ".join(node.op_type for node in convs)
        raise ModelError(f"the input {source} goes to {found}; only into a single Conv can the normalisation be folded")
    conv = convs[0]
    weights = graph.constant(conv.input[1])
    if weights is None or weights.ndim != 4 or weights.shape[1] != 3:
        raise ModelError(f"{conv.name}: its weights are not constant, or not for three colours")
    zero = round(sum(mean) / 3)
    offset = (zero - np.asarray(mean, np.float64)) / np.asarray(std, np.float64)
    bias = graph.constant(conv.input[2]) if len(conv.input) > 2 else np.zeros(len(weights), np.float32)
    if bias is None:
        raise ModelError(f"{conv.name}: its bias is not constant")
    scaled = weights / np.asarray(std, np.float64)[None, :, None, None]
    moved = bias + np.einsum("ochw,c->o", weights.astype(np.float64), offset)
    names = [
        graph.set_constant(f"{conv.name}/bytes_w", scaled.astype(np.float32)),
        graph.set_constant(f"{conv.name}/bytes_b", moved.astype(np.float32)),
    ]
    centred = f"{PIXELS}/centred"
    graph.set_constant(f"{PIXELS}/zero", np.float32(zero))
    new = helper.make_node("Conv", [centred, *names], list(conv.output), name=conv.name)
    new.attribute.extend(conv.attribute)
    sub = helper.make_node("Sub", [PIXELS, f"{PIXELS}/zero"], [centred], name=centred)
    rest = [node for node in graph.nodes if turned is None or node.output[0] != turned.output[0]]
    graph.set_nodes([sub, *(new if node.output[0] == conv.output[0] else node for node in rest)])
    graph.model.graph.input[0].CopyFrom(helper.make_tensor_value_info(PIXELS, TensorProto.FLOAT, shape))
    return graph.finish(), zero


def stem(model: onnx.ModelProto) -> str | None:
    """Name of the convolution that takes the picture, if it is one."""
    graph = Graph(model)
    convs = graph.consumers().get(_picture(graph)[0], []) if len(graph.inputs) == 1 else []
    return convs[0].name if len(convs) == 1 and convs[0].op_type == "Conv" else None


def _picture(graph: Graph) -> tuple[str, list[int], onnx.NodeProto | None]:
    """The value with channels first, its shape, and the transpose that makes it of an input with channels last."""
    (source,) = graph.inputs
    shape = [size.dim_value for size in graph.model.graph.input[0].type.tensor_type.shape.dim]
    users = graph.consumers().get(source, [])
    if len(users) == 1 and users[0].op_type == "Transpose" and attributes(users[0]).get("perm") == [0, 3, 1, 2]:
        return users[0].output[0], [shape[0], shape[3], *shape[1:3]], users[0]
    return source, shape, None


def blocks_of_four(model: onnx.ModelProto) -> onnx.ModelProto:
    """The convolution with stride 2 behind `pixels/centred` over blocks of 2 × 2 pixels. Exact."""
    graph = Graph(model)
    (conv,) = graph.consumers()[f"{PIXELS}/centred"]
    known, weights = attributes(conv), graph.constant(conv.input[1])
    shape = [size.dim_value for size in graph.model.graph.input[0].type.tensor_type.shape.dim]
    even = all(size > 0 and size % 2 == 0 for size in shape[2:])
    plain = known.get("group", 1) == 1 and set(known.get("dilations", [1])) == {1}
    if weights is None or not plain or list(known.get("strides", [1, 1])) != [2, 2] or not even:
        raise ModelError(f"{conv.name}: only a convolution with stride 2 over an even size can go over blocks of 2 × 2")
    pads = known.get("pads", [0, 0, 0, 0])
    blocks, first = _blocks(weights, pads[0], pads[1])
    # Paddings in blocks, so that there are as many places as before.
    places = [(shape[2 + i] + pads[i] + pads[2 + i] - weights.shape[2 + i]) // 2 + 1 for i in (0, 1)]
    after = [places[i] - 1 + blocks.shape[2 + i] + first[i] - shape[2 + i] // 2 for i in (0, 1)]
    new = helper.make_node(
        "Conv",
        [f"{PIXELS}/blocks", graph.set_constant(f"{conv.name}/blocks_w", blocks), *conv.input[2:]],
        list(conv.output),
        name=conv.name,
        kernel_shape=list(blocks.shape[2:]),
        pads=[-first[0], -first[1], *after],
        strides=[1, 1],
    )
    gather = helper.make_node(
        "SpaceToDepth", [f"{PIXELS}/centred"], [f"{PIXELS}/blocks"], name=f"{PIXELS}/blocks", blocksize=2
    )
    nodes: list[onnx.NodeProto] = []
    for node in graph.nodes:
        nodes += [gather, new] if node is conv or node.output[0] == conv.output[0] else [node]
    graph.set_nodes(nodes)
    return graph.finish()


def _blocks(weights: Array, top: int, left: int) -> tuple[Array, tuple[int, int]]:
    """Weights over blocks, and the block that the first of them meets, counted from the output's own."""
    out, channels, high, wide = weights.shape
    rows = [divmod(row - top, 2) for row in range(high)]
    columns = [divmod(column - left, 2) for column in range(wide)]
    first = rows[0][0], columns[0][0]
    shape = rows[-1][0] - first[0] + 1, columns[-1][0] - first[1] + 1
    blocks = np.zeros((out, 4 * channels, *shape), weights.dtype)
    for row, (block_row, dy) in enumerate(rows):
        for column, (block_column, dx) in enumerate(columns):
            place = slice((dy * 2 + dx) * channels, (dy * 2 + dx + 1) * channels)
            blocks[:, place, block_row - first[0], block_column - first[1]] = weights[:, :, row, column]
    return blocks, first
