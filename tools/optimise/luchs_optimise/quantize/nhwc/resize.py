"""Pictures twice and half as large, channels last, with the operators that are fast.

ONNX Runtime's Resize of bytes works value by value, and rounds down. Twice as large between the centres of pixels, each
result is a mean of 2 × 2 neighbours with the weights 1, 3, 3 and 9: one small convolution for each of the four places
that a pixel becomes. Half as large it is the mean of four.
"""

from __future__ import annotations

import numpy as np
import onnx

from ...graph import Graph
from ...graph.edit import attributes
from .writer import BYTES, MICROSOFT, Writer

CENTRES = (b"half_pixel", b"pytorch_half_pixel")
CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
NEAR = (np.array([1, 3]), np.array([3, 1]))
"""Quarters that the pixel before and the pixel itself have in the first half of a pixel; in the second half of it the
pixel itself and the one behind."""


def resize(write: Writer, _graph: Graph, node: onnx.NodeProto) -> bool:
    """`Resize` by two in both directions, and to half the size between centres; others stay float."""
    source, result = node.input[0], node.output[0]
    before, after = write.shapes[source], write.shapes.get(result, ())
    if len(before) != 4 or len(after) != 4 or write.ranges[source] != write.ranges[result] or before[:2] != after[:2]:
        return False
    known = attributes(node)
    linear, centres = known.get("mode", b"nearest") == b"linear", known.get("coordinate_transformation_mode")
    double = after[2:] == (2 * before[2], 2 * before[3])
    half = before[2:] == (2 * after[2], 2 * after[3])
    if linear and centres in CENTRES and double:
        _between(write, node)
    elif linear and centres in CENTRES and half:
        _mean(write, node)
    elif not linear and double:
        _interleaved(write, node, [write.get(source, BYTES)] * 4)
    else:
        return False
    return True


def _between(write: Writer, node: onnx.NodeProto) -> None:
    channels, name = write.shapes[node.input[0]][1], write.name(node.output[0], BYTES)
    parts: list[str] = []
    for row, column in CORNERS:
        # At the border of the picture its pixels go on.
        pads = np.array([0, 1 - row, 1 - column, 0, 0, row, column, 0], np.int64)
        part = f"{name}/{row}{column}"
        to = write.constant(f"{part}/pads", pads)
        wider = write.add("Pad", [write.get(node.input[0], BYTES), to], f"{part}/wider", mode="edge")
        weights = np.outer(NEAR[row], NEAR[column]).astype(np.int8)
        parts.append(_weighted(write, node, wider, part, weights, channels, 1))
    _interleaved(write, node, parts)


def _mean(write: Writer, node: onnx.NodeProto) -> None:
    channels, name = write.shapes[node.input[0]][1], write.name(node.output[0], BYTES)
    source = write.get(node.input[0], BYTES)
    _weighted(write, node, source, name, np.ones((2, 2), np.int8), channels, 2)
    write.put(node.output[0], BYTES, name)


def _weighted(  # noqa: PLR0917
    write: Writer, node: onnx.NodeProto, source: str, name: str, weights: np.ndarray, channels: int, stride: int
) -> str:
    """The mean of 2 × 2 neighbours with these weights, in the range of the values themselves."""
    inputs = [
        source,
        *write.steps(node.input[0]),
        write.constant(f"{name}/w", np.repeat(weights[None, None], channels, 0)),
        write.constant(f"{name}/w_scale", np.full(channels, 1 / weights.sum(), np.float32)),
        write.constant(f"{name}/w_zero", np.zeros(channels, np.int8)),
        *write.steps(node.input[0]),
    ]
    window = {"kernel_shape": [2, 2], "strides": [stride, stride], "pads": [0, 0, 0, 0]}
    return write.add("QLinearConv", inputs, name, MICROSOFT, channels_last=1, group=channels, **window)


def _interleaved(write: Writer, node: onnx.NodeProto, parts: list[str]) -> None:
    """Four pictures as one of twice the size, by copies of columns and of rows."""
    _, channels, rows, columns = write.shapes[node.input[0]]
    name = write.name(node.output[0], BYTES)
    single = write.constant(f"{name}/columns", np.array([rows * columns, channels], np.int64))
    whole = write.constant(f"{name}/rows", np.array([rows, 2 * columns * channels], np.int64))
    flat = {part: write.add("Reshape", [part, single], f"{name}/flat{number}") for number, part in _numbered(parts)}
    halves: dict[tuple[str, str], str] = {}
    for number, pair in enumerate([(parts[0], parts[1]), (parts[2], parts[3])]):
        if pair not in halves:
            beside = write.add("Concat", [flat[part] for part in pair], f"{name}/beside{number}", axis=1)
            halves[pair] = write.add("Reshape", [beside, whole], f"{name}/half{number}")
    above = [halves[parts[0], parts[1]], halves[parts[2], parts[3]]]
    all_rows = write.add("Concat", above, f"{name}/all", axis=1)
    to = write.constant(f"{name}/shape", np.array([1, 2 * rows, 2 * columns, channels], np.int64))
    write.add("Reshape", [all_rows, to], name)
    write.put(node.output[0], BYTES, name)


def _numbered(parts: list[str]) -> list[tuple[int, str]]:
    return list(enumerate(dict.fromkeys(parts)))
