"""What candidates are made of: measured once, used by all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import onnx

from ..calibration import Method, Statistics, Tensors, collect
from ..calibration.moments import moments
from ..graph import Graph
from ..graph.edit import Array
from ..graph.smaller import shrunk, spatial
from ..progress import Progress
from ..quantize import Ranges, plan
from ..quantize.nhwc.stock import with_stock_operators
from ..quantize.rounding import Rounded, rounded
from ..quantize.weights import quantize_weights
from ..runtime import InferenceSession, opened, results
from ..sensitivity import Reference, Sensitivity, sensitivity
from ..sensitivity.measure import FRAMES

MOMENTS = 16
"""Frames that moments are taken of."""


@dataclass(frozen=True)
class Camera:
    """How bytes become the model's input: (byte - mean) / std, in the model's order of colours."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def pixels(self, frame: Array) -> Array:
        """The bytes [1, height, width, 3] that a frame was made of."""
        last = frame if frame.shape[3] == 3 else frame.transpose(0, 2, 3, 1)
        bytes_ = np.round(last * np.array(self.std) + np.array(self.mean))
        return np.asarray(np.clip(bytes_, 0, 255).astype(np.uint8))


class Shrunk:
    """Frames on a smaller size."""

    def __init__(self, tensors: Tensors, sizes: tuple[int, int]) -> None:
        self.tensors, self.sizes = tensors, sizes

    def count(self, most: int | None = None) -> int:
        """How many frames there are."""
        return self.tensors.count(most)

    def frames(self, shape: tuple[int, ...], most: int | None = None) -> Iterator[Array]:
        """The frames in the shape of the smaller model's input."""
        axes = spatial(shape)
        for frame in self.tensors.frames(None, most):
            yield shrunk(frame, axes, self.sizes)


class Material:
    """A float model with its frames; statistics, ranges and errors of it."""

    def __init__(
        self, model: onnx.ModelProto, tensors: Tensors | Shrunk, progress: Progress, most: int, name: str = ""
    ) -> None:
        self.model, self.tensors, self.progress, self.most = model, tensors, progress, most
        self.name = f" {name}" if name else ""
        self._ranges: dict[Method, Ranges] = {}

    @cached_property
    def statistics(self) -> Statistics:
        """Of all tensors on the frames."""
        return collect(self.model, self.tensors, self.most, self.progress.step(f"statistics{self.name}"))

    def ranges(self, method: Method) -> Ranges:
        """By that method, computed once."""
        if method not in self._ranges:
            tell = self.progress.step(f"ranges {method}{self.name}")
            self._ranges[method] = plan(self.model, self.statistics, method, tell=tell)
        return self._ranges[method]

    @cached_property
    def _session(self) -> InferenceSession:
        return opened(self.model)

    @cached_property
    def few(self) -> list[Array]:
        """Frames that errors are measured on."""
        return list(self.tensors.frames(tuple(self._session.get_inputs()[0].shape), FRAMES))

    @cached_property
    def reference(self) -> Reference:
        """What the float model says on them."""
        return Reference(results(self._session, self.few))

    def error(self, made: onnx.ModelProto, camera: Camera | None) -> float:
        """How far a candidate's outputs are off; see `sensitivity.outputs`."""
        session = opened(with_stock_operators(made))
        as_bytes = made.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.UINT8
        frames = [camera.pixels(frame) for frame in self.few] if as_bytes and camera else self.few
        return self.reference.error(results(session, frames))

    @cached_property
    def rounding(self) -> dict[str, Rounded]:
        """Weights of all convolutions, rounded so that their results stay."""
        seen = moments(self.model, self.tensors, MOMENTS, self.progress.step(f"moments{self.name}"))
        graph, tell, found = Graph(self.model), self.progress.step(f"rounding{self.name}"), dict[str, Rounded]()
        convs = [node for node in graph.nodes if node.name in seen]
        for number, node in enumerate(convs):
            tell(number, len(convs))
            weights = graph.constant(node.input[1])
            if weights is not None:
                found[node.name] = rounded(weights, quantize_weights(weights), seen[node.name])
        tell(len(convs), len(convs))
        return found

    def sensitivity(self) -> Sensitivity:
        """Of every layer."""
        tell = self.progress.step(f"sensitivity{self.name}")
        return sensitivity(self.model, self.ranges(Method.MSE), self.tensors, FRAMES, tell=tell)
