"""Operators that move data."""

from __future__ import annotations

import numpy as np

from .builder import Builder
from .read import Node
from .values import Array, Constant, Tensor, Value, identity


def _known(value: Value) -> Array:
    if not isinstance(value, Constant):
        raise NotImplementedError("an axis, size or shape that is computed")
    return value.array


def _one(value: Value) -> Tensor:
    if isinstance(value, Constant):
        raise NotImplementedError("an input that is constant")
    return value


def transpose(_build: Builder, _node: Node, inputs: list[Value]) -> Tensor:
    """Nothing moves: only the order of axes is another."""
    x, order = _one(inputs[0]), [int(axis) for axis in _known(inputs[1])]
    return Tensor(x.name, tuple(x.shape[axis] for axis in order), tuple(order.index(axis) for axis in x.axes))


def reshape(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`Reshape`: data moves if the axes are not in TensorFlow's order."""
    x = build.plain(inputs[0], node.name + "/input")
    shape = np.empty(x.shape, np.bool_).reshape([int(size) for size in _known(inputs[1])]).shape
    name = build.constant(np.array(shape, np.int64), node.name + "/shape")
    return Tensor(build.add("Reshape", [x.name, name], node.name), shape, identity(len(shape)))


def squeeze(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`Squeeze` is a reshape."""
    axes = [axis % len(inputs[0].shape) for axis in node.integers("squeeze_dims")]
    shape = [size for axis, size in enumerate(inputs[0].shape) if axis not in axes]
    return reshape(build, node, [inputs[0], Constant(np.array(shape))])


def expand_dims(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`ExpandDims` is a reshape."""
    shape = np.expand_dims(np.empty(inputs[0].shape, np.bool_), int(_known(inputs[1]).item())).shape
    return reshape(build, node, [inputs[0], Constant(np.array(shape))])


def concat(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`ConcatV2`: the axis is the last input."""
    axis = int(_known(inputs[-1]).item()) % len(inputs[0].shape)
    first = next(value for value in inputs[:-1] if isinstance(value, Tensor))
    parts = [build.laid_out(value, first.axes, node.name + "/input") for value in inputs[:-1]]
    shape = list(first.shape)
    shape[axis] = sum(part.shape[axis] for part in parts)
    name = build.add("Concat", [part.name for part in parts], node.name, axis=first.axis(axis))
    return Tensor(name, tuple(shape), first.axes)


def pack(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`Pack`: a new axis, along which the inputs stand."""
    axis = node.integer("axis")
    new = [expand_dims(build, node, [value, Constant(np.array(axis))]) for value in inputs]
    return concat(build, node, [*new, Constant(np.array(axis))])


def unpack(build: Builder, node: Node, inputs: list[Value]) -> list[Tensor]:
    """`Unpack`: the slices along an axis, without it."""
    x = build.plain(inputs[0], node.name + "/input")
    axis = node.integer("axis") % len(x.shape)
    shape = x.shape[:axis] + x.shape[axis + 1 :]
    index = [build.constant(np.array(at, np.int64), f"{node.name}/index") for at in range(x.shape[axis])]
    names = [build.add("Gather", [x.name, at], node.name, axis=axis) for at in index]
    return [Tensor(name, shape, identity(len(shape))) for name in names]


def split(build: Builder, node: Node, inputs: list[Value]) -> list[Tensor]:
    """`SplitV`: sizes and axis are inputs."""
    x, sizes = _one(inputs[0]), [int(size) for size in _known(inputs[1])]
    axis = int(_known(inputs[2]).item()) % len(x.shape)
    known = build.constant(np.array(sizes, np.int64), node.name + "/sizes")
    names = build.add_many("Split", [x.name, known], node.name, len(sizes), axis=x.axis(axis))
    shapes = [(*x.shape[:axis], size, *x.shape[axis + 1 :]) for size in sizes]
    return [Tensor(name, shape, x.axes) for name, shape in zip(names, shapes, strict=True)]


def cut(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`Slice`: begin and size on every axis; a size of −1 reaches to the end."""
    x, begin, size = _one(inputs[0]), _known(inputs[1]), _known(inputs[2])
    first = [int(at) for at in begin]
    last = [x.shape[a] if size[a] < 0 else first[a] + int(size[a]) for a in range(len(x.shape))]
    numbers = (x.stored(first), x.stored(last), list(range(len(x.shape))))
    names = [build.constant(np.array(n, np.int64), f"{node.name}/bounds") for n in numbers]
    shape = tuple(end - start for start, end in zip(first, last, strict=True))
    return Tensor(build.add("Slice", [x.name, *names], node.name), shape, x.axes)


def pad(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`Pad` and `PadV2`: zeros, or the value of the third input."""
    x, margins = _one(inputs[0]), _known(inputs[1])
    before, after = [int(m[0]) for m in margins], [int(m[1]) for m in margins]
    pads = build.constant(np.array(x.stored(before) + x.stored(after), np.int64), node.name + "/pads")
    value = _known(inputs[2]) if len(inputs) > 2 else np.float32(0)
    filler = build.constant(np.asarray(value, np.float32), node.name + "/value")
    shape = tuple(size + b + a for size, b, a in zip(x.shape, before, after, strict=True))
    return Tensor(build.add("Pad", [x.name, pads, filler], node.name), shape, x.axes)
