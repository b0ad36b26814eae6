"""What values every tensor of a model takes on the frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import onnx
from onnx import TensorProto, helper

from ..graph import Graph
from ..graph.check import check
from ..progress import Tell, silent
from ..runtime import InferenceSession, Level, opened

Array = np.ndarray[Any, Any]
SAMPLES = 3000
"""Values kept of a tensor for a frame, besides the smallest and the largest."""


class Frames(Protocol):
    """What a model is fed, frame by frame."""

    def frames(self, shape: tuple[int, ...], most: int | None = None) -> Iterator[Array]:
        """At most `most` frames of that shape."""

    def count(self, most: int | None = None) -> int:
        """How many these are."""


@dataclass(frozen=True)
class Statistics:
    """Samples of each float tensor, by name, with the smallest and largest of every frame among them."""

    samples: dict[str, Array]
    frames: int
    channels: dict[str, tuple[Array, Array]]
    """The smallest and the largest value of each channel, of tensors with four dimensions."""

    def extremes(self, name: str) -> tuple[float, float]:
        """The smallest and the largest value that was seen."""
        return float(self.samples[name].min()), float(self.samples[name].max())


def collect(model: onnx.ModelProto, tensors: Frames, most: int | None = None, tell: Tell = silent) -> Statistics:
    """Runs the float model on the frames. The same frames give the same statistics."""
    session, names = observed(model)
    source = session.get_inputs()[0]
    shape = tuple(source.shape)
    rng = np.random.default_rng(0)
    seen: dict[str, list[Array]] = {name: [] for name in [source.name, *names]}
    channels: dict[str, tuple[Array, Array]] = {}
    count, of = 0, tensors.count(most)
    tell(0, of)
    for frame in tensors.frames(shape, most):
        results = session.run(names, {source.name: frame})
        for name, value in zip(seen, [frame, *results], strict=True):
            seen[name].append(_sampled(value, rng))
            if value.ndim == 4:
                _widen(channels, name, value)
        count += 1
        tell(count, of)
    return Statistics({name: np.concatenate(parts) for name, parts in seen.items()}, count, channels)


def _widen(channels: dict[str, tuple[Array, Array]], name: str, value: Array) -> None:
    low, high = value.min((0, 2, 3)), value.max((0, 2, 3))
    if name in channels:
        low, high = np.minimum(low, channels[name][0]), np.maximum(high, channels[name][1])
    channels[name] = low, high


def _sampled(value: Array, rng: np.random.Generator) -> Array:
    flat = value.reshape(-1)
    some = flat if flat.size <= SAMPLES else flat[rng.integers(0, flat.size, SAMPLES)]
    return np.concatenate([some, [flat.min(), flat.max()]]).astype(np.float32)


def observed(model: onnx.ModelProto, wanted: set[str] | None = None) -> tuple[InferenceSession, list[str]]:
    """A session that returns every float value that is computed, or those of them that are wanted."""
    graph = Graph(model)
    check(graph)
    inferred = onnx.shape_inference.infer_shapes(graph.model).graph
    floats = {
        v.name for v in [*inferred.value_info, *inferred.output] if v.type.tensor_type.elem_type == TensorProto.FLOAT
    }
    names = [name for node in graph.nodes for name in node.output if name in floats & (wanted or floats)]
    del graph.model.graph.output[:]
    graph.model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    return opened(graph.model, Level.ORT_DISABLE_ALL), names
