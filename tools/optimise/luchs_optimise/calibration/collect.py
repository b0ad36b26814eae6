"""What values every tensor of a model takes on the frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

from ..errors import ModelError
from ..graph import Graph
from .tensors import Tensors

Array = np.ndarray[Any, Any]
SAMPLES = 3000
"""Values kept of a tensor for a frame, besides the smallest and the largest."""


@dataclass(frozen=True)
class Statistics:
    """Samples of each float tensor, by name, with the smallest and largest of every frame among them."""

    samples: dict[str, Array]
    frames: int

    def extremes(self, name: str) -> tuple[float, float]:
        """The smallest and the largest value that was seen."""
        return float(self.samples[name].min()), float(self.samples[name].max())


def collect(
    model: onnx.ModelProto, tensors: Tensors, most: int | None = None, progress: Callable[[int], None] | None = None
) -> Statistics:
    """Runs the float model on the frames. The same frames give the same statistics."""
    session, names = _observed(model)
    source = session.get_inputs()[0]
    shape = tuple(source.shape)
    if not all(isinstance(size, int) for size in shape):
        raise ModelError(f"the input {source.name} has an open size {shape}; give the model a fixed one first")
    rng = np.random.default_rng(0)
    seen: dict[str, list[Array]] = {name: [] for name in [source.name, *names]}
    count = 0
    for frame in tensors.frames(shape, most):
        results = session.run(names, {source.name: frame})
        for name, value in zip(seen, [frame, *results], strict=True):
            seen[name].append(_sampled(value, rng))
        count += 1
        if progress:
            progress(count)
    return Statistics({name: np.concatenate(parts) for name, parts in seen.items()}, count)


def _sampled(value: Array, rng: np.random.Generator) -> Array:
    flat = value.reshape(-1)
    some = flat if flat.size <= SAMPLES else flat[rng.integers(0, flat.size, SAMPLES)]
    return np.concatenate([some, [flat.min(), flat.max()]]).astype(np.float32)


def _observed(model: onnx.ModelProto) -> tuple[ort.InferenceSession, list[str]]:
    """A session that returns every float value that is computed."""
    graph = Graph(model)
    if len(graph.inputs) != 1:
        raise ModelError(f"the model has the inputs {', '.join(graph.inputs)}; models with one input can be quantized")
    inferred = onnx.shape_inference.infer_shapes(graph.model).graph
    floats = {
        v.name for v in [*inferred.value_info, *inferred.output] if v.type.tensor_type.elem_type == TensorProto.FLOAT
    }
    names = [name for node in graph.nodes for name in node.output if name in floats]
    del graph.model.graph.output[:]
    graph.model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    content = graph.model.SerializeToString()
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"]), names
