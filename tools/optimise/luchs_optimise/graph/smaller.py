"""The same weights on a smaller picture, where nothing in the graph is made for one size."""

from __future__ import annotations

import numpy as np
import onnx

from ..errors import ModelError
from ..runtime import opened
from .edit import Array, Graph


def spatial(shape: tuple[int, ...]) -> tuple[int, int]:
    """Which axes of an input are height and width; colours are the axis of 3."""
    if len(shape) != 4 or 3 not in (shape[1], shape[3]):
        raise ModelError(f"the input's shape is {list(shape)}: no picture with three colours")
    return (2, 3) if shape[1] == 3 else (1, 2)


def resized(model: onnx.ModelProto, height: int, width: int) -> onnx.ModelProto:
    """The model with that size of input; `ModelError` says what in it has one size only."""
    graph = Graph(model)
    shapes = graph.shapes()
    axes = spatial(shapes.get(graph.inputs[0], ()))
    for node in graph.model.graph.node:
        if node.op_type == "Reshape":
            _reshape(graph, node, shapes)
        elif node.op_type == "Resize" and len(node.input) > 3:
            raise ModelError(f"{node.name}: a Resize to one size")
    sizes = graph.model.graph.input[0].type.tensor_type.shape.dim
    for axis, size in zip(axes, (height, width), strict=True):
        sizes[axis].dim_value = size
    for output in graph.model.graph.output:
        output.type.tensor_type.ClearField("shape")
    made = graph.finish()
    before, after = _outputs(model), _outputs(made)
    # Something smaller has to come out: a model that ignores the size was not understood.
    if [len(shape) for shape in before] != [len(shape) for shape in after] or before == after:
        raise ModelError(f"with an input of {width}x{height} its outputs do not change their size alone")
    return _with_shapes(made, after)


def fixed(model: onnx.ModelProto, height: int, width: int) -> onnx.ModelProto:
    """The model for one picture of that size, whatever its file says of the size and of how many pictures there are."""
    graph = Graph(model)
    sizes = graph.model.graph.input[0].type.tensor_type.shape.dim
    axes = spatial(tuple(size.dim_value for size in sizes))
    for axis, size in ((0, 1), *zip(axes, (height, width), strict=True)):
        sizes[axis].Clear()
        sizes[axis].dim_value = size
    del graph.model.graph.value_info[:]
    for output in graph.model.graph.output:
        output.type.tensor_type.ClearField("shape")
    made = graph.finish()
    return _with_shapes(made, _outputs(made))


def _reshape(graph: Graph, node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]]) -> None:
    """Lets the one size that depends on the picture be found by itself."""
    target, before, after = graph.constant(node.input[1]), shapes.get(node.input[0]), shapes.get(node.output[0])
    if target is None or before is None or after is None:
        raise ModelError(f"{node.name}: a Reshape whose sizes are not known")
    if (target == -1).any() or len(before) != 4:
        return
    flat = np.array(target, np.int64)
    places = {before[2] * before[3], before[1] * before[2]}
    open_axes = [axis for axis, size in enumerate(after) if any(size % p == 0 for p in places if p > 1)]
    if len(open_axes) == 1:
        flat[open_axes[0]] = -1
        node.input[1] = graph.set_constant(f"{node.name}/open", flat)


def _outputs(model: onnx.ModelProto) -> list[tuple[int, ...]]:
    """Shapes of what comes out for a grey picture."""
    try:
        session = opened(model)
        source = session.get_inputs()[0]
        results = session.run(None, {source.name: np.zeros(source.shape, np.float32)})
    except Exception as error:  # the runtime's exceptions have no common base
        raise ModelError(f"the model does not run with this size: {str(error).splitlines()[0]}") from error
    return [result.shape for result in results]


def _with_shapes(model: onnx.ModelProto, shapes: list[tuple[int, ...]]) -> onnx.ModelProto:
    for output, shape in zip(model.graph.output, shapes, strict=True):
        kind = output.type.tensor_type.elem_type
        output.CopyFrom(onnx.helper.make_tensor_value_info(output.name, kind, list(shape)))
    return model


def stride(model: onnx.ModelProto) -> int:
    """By what the picture is made smaller at the most: its size has to be a multiple of it."""
    graph = Graph(model)
    shapes = graph.shapes()
    source = shapes.get(graph.inputs[0], ())
    axes = spatial(source)
    side = source[axes[0]]
    rows = [shapes[node.output[0]][2] for node in graph.nodes if node.op_type == "Conv" and node.output[0] in shapes]
    fewest = min((count for count in rows if count > 1), default=side)
    return max(1, side // fewest)


def shrunk(frame: Array, axes: tuple[int, int], sizes: tuple[int, int]) -> Array:
    """A frame on the smaller size: bilinear between the centres of pixels."""
    for axis, size in zip(axes, sizes, strict=True):
        old = frame.shape[axis]
        at = np.clip((np.arange(size) + 0.5) * old / size - 0.5, 0, old - 1)
        first = np.minimum(at.astype(np.int64), old - 2) if old > 1 else np.zeros(size, np.int64)
        share = (at - first).reshape([-1 if index == axis else 1 for index in range(frame.ndim)])
        low, high = frame.take(first, axis), frame.take(np.minimum(first + 1, old - 1), axis)
        frame = low * (1 - share) + high * share
    return frame.astype(np.float32)
