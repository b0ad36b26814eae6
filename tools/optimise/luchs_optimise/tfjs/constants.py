"""Operators whose inputs are all known are computed at once: the arithmetic of shapes, anchors, offsets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .read import Node
from .values import Array


def _strided_slice(node: Node, inputs: Sequence[Array]) -> Array:
    value, begin, end, stride = inputs
    for mask in ("ellipsis_mask", "new_axis_mask"):
        if node.integer(mask):
            raise NotImplementedError(mask)
    where: list[int | slice] = []
    for axis, (first, last, step) in enumerate(zip(begin, end, stride, strict=True)):
        bit = 1 << axis
        if node.integer("shrink_axis_mask") & bit:
            where.append(int(first))
        else:
            low = None if node.integer("begin_mask") & bit else int(first)
            high = None if node.integer("end_mask") & bit else int(last)
            where.append(slice(low, high, int(step)))
    return np.asarray(value[tuple(where)])


def _sparse_to_dense(_node: Node, inputs: Sequence[Array]) -> Array:
    indices, shape, values, default = inputs
    dense = np.full(tuple(shape), default, values.dtype)
    if indices.size:
        dense[tuple(indices.reshape(-1, len(shape)).T)] = values
    return dense


def _squeeze(node: Node, inputs: Sequence[Array]) -> Array:
    return np.squeeze(inputs[0], tuple(node.integers("squeeze_dims")) or None)


KNOWN: dict[str, Callable[[Node, Sequence[Array]], Array]] = {
    "Add": lambda _, i: i[0] + i[1],
    "AddV2": lambda _, i: i[0] + i[1],
    "Sub": lambda _, i: i[0] - i[1],
    "Mul": lambda _, i: i[0] * i[1],
    "Exp": lambda _, i: np.exp(i[0]),
    "Identity": lambda _, i: i[0],
    "Pack": lambda node, i: np.stack(i, node.integer("axis")),
    "Reshape": lambda _, i: i[0].reshape([int(size) for size in i[1]]),
    "Transpose": lambda _, i: i[0].transpose(i[1]),
    "Tile": lambda _, i: np.tile(i[0], i[1]),
    "ExpandDims": lambda _, i: np.expand_dims(i[0], int(i[1].item())),
    "ConcatV2": lambda _, i: np.concatenate(i[:-1], int(i[-1].item())),
    "Squeeze": _squeeze,
    "StridedSlice": _strided_slice,
    "SparseToDense": _sparse_to_dense,
}
"""By TensorFlow's name of the operator."""
