"""Weights and arithmetic in half precision."""

from __future__ import annotations

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16

from ..errors import ModelError
from .edit import Graph


def half(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model in float16; what goes in and comes out stays float32."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    try:
        made = convert_float_to_float16(copy, keep_io_types=True)
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"the model cannot be written in float16: {error}") from error
    graph = Graph(made)
    graph.sort()
    return graph.finish()
