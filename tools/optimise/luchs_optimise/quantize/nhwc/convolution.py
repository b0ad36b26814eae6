"""Convolutions and what follows them."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import onnx

from ...calibration import Range
from ...calibration.activations import CLAMPS, Activation
from ...graph import Graph
from ...graph.edit import attributes
from ..rounding import Rounded
from ..weights import quantize_bias, quantize_weights
from .writer import BYTES, MICROSOFT, Writer

TABLE_DOMAIN = "luchs"
TABLE = "Table8"
"""Operator `luchs.Table8(bytes, table of 256 bytes)`: every byte replaced by its entry."""


class Pointwise(StrEnum):
    """With which operators functions of bytes are written."""

    STOCK = "stock"
    """Those of ONNX Runtime."""
    TABLE = "table"
    """One lookup for any function; needs Luchs's operator."""


def convolution(
    write: Writer, graph: Graph, node: onnx.NodeProto, after: Activation | None, known: Rounded | None
) -> None:
    """`QLinearConv`, channels last. Of a clip behind it only that is written which the ends of the range do not do."""
    source, result = node.input[0], node.output[0]
    weights = graph.constant(node.input[1])
    if weights is None:
        raise NotImplementedError
    bias = graph.constant(node.input[2]) if len(node.input) > 2 else None
    made = quantize_weights(weights, bias=bias, input_scale=write.ranges[source].scale)
    if known is not None and known.weights.steps.shape == weights.shape:
        made, bias = known.where_it_fits(made, bias)
    if after and after.kind in CLAMPS:
        write.ranges[result] = write.ranges[after.result].times(1 / after.factor)
    inputs = [
        write.get(source, BYTES),
        *write.steps(source),
        write.constant(f"{result}/w", made.steps),
        write.constant(f"{result}/w_scale", made.scales),
        write.constant(f"{result}/w_zero", np.zeros(len(made.scales), np.int8)),
        *write.steps(result),
    ]
    if bias is not None:
        steps = quantize_bias(bias, made.scales, write.ranges[source].scale)
        inputs.append(write.constant(f"{result}/b", steps))
    name = write.name(result, BYTES)
    write.add("QLinearConv", inputs, name, MICROSOFT, channels_last=1, **attributes(node))
    write.put(result, BYTES, name)
    if after and after.kind in CLAMPS:
        _clamp(write, after)


def _clamp(write: Writer, after: Activation) -> None:
    """A range that is shared with other values can be wider than the clip."""
    used, name = write.ranges[after.result], write.get(after.source, BYTES)
    low, high = (float(end) for end in after.function(np.array([used.low, used.high])))
    if low > used.low or high < used.high:
        ends = [int(np.clip(round(end / used.scale) + used.zero, 0, 255)) for end in (low, high)]
        bounds = [
            write.constant(f"{after.result}/{end}", np.array(step, np.uint8))
            for end, step in zip(("low", "high"), ends, strict=True)
        ]
        name = write.add("Clip", [name, *bounds], write.name(after.result, BYTES))
    write.put(after.result, BYTES, name)


def pointwise(write: Writer, after: Activation, alpha: float, how: Pointwise) -> None:
    """A function of bytes that are there."""
    name = write.name(after.result, BYTES)
    source, steps = write.get(after.source, BYTES), write.steps(after.source)
    results = write.steps(after.result, after.factor)
    if how is Pointwise.TABLE:
        table = lookup(write.ranges[after.source], write.ranges[after.result], after)
        write.add(TABLE, [source, write.constant(f"{after.result}/table", table)], name, TABLE_DOMAIN)
    elif after.kind == "LeakyRelu":
        write.add("QLinearLeakyRelu", [source, *steps, *results], name, MICROSOFT, alpha=alpha)
    elif after.kind == "Sigmoid":
        write.add("QLinearSigmoid", [source, *steps, *results], name, MICROSOFT)
    elif after.kind == "SiLU":
        unit = [write.constant("unit/scale", np.array(1 / 255, np.float32)), write.constant("unit/zero", np.uint8(0))]
        inner = write.add("QLinearSigmoid", [source, *steps, *unit], name + "/sigmoid", MICROSOFT)
        write.add("QLinearMul", [source, *steps, inner, *unit, *results], name, MICROSOFT)
    else:
        raise NotImplementedError
    write.put(after.result, BYTES, name)


def lookup(source: Range, result: Range, after: Activation) -> np.ndarray:
    """What each of the 256 bytes becomes."""
    values = after.function((np.arange(256) - source.zero) * source.scale)
    return np.clip(np.round(values / result.scale) + result.zero, 0, 255).astype(np.uint8)
