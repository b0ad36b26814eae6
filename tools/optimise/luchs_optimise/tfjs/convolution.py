"""Operators over windows: they want channels first."""

from __future__ import annotations

import numpy as np

from .builder import Builder
from .read import Node
from .values import CHANNELS_FIRST, Constant, Tensor, Value


def _pads(size: int, window: int, stride: int, dilation: int, same: bool) -> tuple[int, int, int]:
    """Zeros before, zeros after and size of the output, by TensorFlow's rule for SAME: the odd zero comes last."""
    reach = (window - 1) * dilation + 1
    if not same:
        return 0, 0, (size - reach) // stride + 1
    out = -(-size // stride)
    zeros = max((out - 1) * stride + reach - size, 0)
    return zeros // 2, zeros - zeros // 2, out


def _window(node: Node, shape: tuple[int, ...], kernel: tuple[int, int]) -> tuple[dict[str, list[int]], list[int]]:
    """ONNX's attributes, and height and width of the output."""
    if (layout := node.text("data_format")) != "NHWC":
        raise NotImplementedError(f"data_format {layout}")
    if (padding := node.text("padding")) not in ("SAME", "VALID"):
        raise NotImplementedError(f"padding {padding}")
    strides = node.integers("strides")[1:3]
    dilations = (node.integers("dilations") or [1] * 4)[1:3]
    sides = [_pads(shape[1 + i], kernel[i], strides[i], dilations[i], padding == "SAME") for i in range(2)]
    pads = [side[0] for side in sides] + [side[1] for side in sides]
    attributes = {"kernel_shape": list(kernel), "strides": strides, "dilations": dilations, "pads": pads}
    return attributes, [side[2] for side in sides]


def convolution(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`Conv2D` and `DepthwiseConv2dNative` with constant weights."""
    x, weights = inputs
    if not isinstance(weights, Constant):
        raise NotImplementedError("weights that are computed")
    x = build.laid_out(x, CHANNELS_FIRST, node.name + "/input")
    height, width, inside, outside = weights.shape
    attributes, (rows, columns) = _window(node, x.shape, (height, width))
    if node.op == "DepthwiseConv2dNative":
        channels, group = inside * outside, inside
        kernel = weights.array.transpose(2, 3, 0, 1).reshape(channels, 1, height, width)
    else:
        channels, group = outside, x.shape[3] // inside
        kernel = weights.array.transpose(3, 2, 0, 1)
    name = build.constant(kernel.astype(np.float32), node.name + "/weights")
    out = build.add("Conv", [x.name, name], node.name, group=group, **attributes)
    return Tensor(out, (x.shape[0], rows, columns, channels), CHANNELS_FIRST)


def max_pool(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`MaxPool`."""
    x = build.laid_out(inputs[0], CHANNELS_FIRST, node.name + "/input")
    high, wide = node.integers("ksize")[1:3]
    attributes, (rows, columns) = _window(node, x.shape, (high, wide))
    out = build.add("MaxPool", [x.name], node.name, **attributes)
    return Tensor(out, (x.shape[0], rows, columns, x.shape[3]), CHANNELS_FIRST)


def resize_bilinear(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`ResizeBilinear` with half-pixel centres."""
    size = inputs[1]
    if not isinstance(size, Constant) or not node.flag("half_pixel_centers"):
        raise NotImplementedError("a size that is computed, or other centres than half pixels")
    x = build.laid_out(inputs[0], CHANNELS_FIRST, node.name + "/input")
    batch, height, width, channels = x.shape
    rows, columns = (int(side) for side in size.array)
    scales = np.array([1, 1, rows / height, columns / width], np.float32)
    ends = [x.name, "", build.constant(scales, node.name + "/scales")]
    out = build.add("Resize", ends, node.name, mode="linear", coordinate_transformation_mode="half_pixel")
    return Tensor(out, (batch, rows, columns, channels), CHANNELS_FIRST)


def batch_norm(build: Builder, node: Node, inputs: list[Value]) -> Tensor:
    """`FusedBatchNorm` as it is after training: a factor and an offset for each channel."""
    x = build.laid_out(inputs[0], CHANNELS_FIRST, node.name + "/input")
    numbers = [value.array for value in inputs[1:5] if isinstance(value, Constant)]
    if len(numbers) != 4 or node.flag("is_training"):
        raise NotImplementedError("statistics that are computed")
    names = [build.constant(array, f"{node.name}/{index}") for index, array in enumerate(numbers)]
    out = build.add("BatchNormalization", [x.name, *names], node.name, epsilon=node.number("epsilon"))
    return Tensor(out, x.shape, CHANNELS_FIRST)
