"""Which layers suffer most from eight bits.

Each layer is quantized alone and the error of the outputs is taken (Wu et al., “Integer Quantization for Deep Learning
Inference”, arXiv 2004.09602, 5.2: partial quantization by sensitivity). The other way round, each layer kept float in
the quantized model, hides what a layer does behind the errors of all others.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import onnx

from ..calibration.collect import Frames
from ..graph import Graph
from ..progress import Tell, silent
from ..quantize import Ranges
from ..runtime import opened, results
from .layers import alone, layers, macs
from .outputs import Reference

Array = np.ndarray[Any, Any]
FRAMES = 8


@dataclass(frozen=True)
class Layer:
    """What eight bits in one layer do."""

    name: str
    error: float
    """Of the outputs; see `outputs.Reference.error`."""
    macs: int
    """Multiplications and additions for a frame."""
    weights: list[int]


@dataclass(frozen=True)
class Sensitivity:
    """All layers in the order of the model."""

    layers: list[Layer]
    frames: int

    @classmethod
    def of_json(cls, document: dict[str, Any]) -> Sensitivity:
        """What `as_json` wrote."""
        names = [field.name for field in fields(Layer)]
        layers = [Layer(**{name: layer[name] for name in names}) for layer in document["layers"]]
        return cls(layers, int(document["frames"]))

    def as_json(self) -> dict[str, Any]:
        """For the file, and for the report."""
        total = sum(layer.error for layer in self.layers) or 1.0
        found = [asdict(layer) | {"share": layer.error / total} for layer in self.layers]
        return {"measure": "each layer alone in eight bits", "frames": self.frames, "layers": found}


def sensitivity(
    model: onnx.ModelProto,
    ranges: Ranges,
    tensors: Frames,
    most: int = FRAMES,
    *,
    tell: Tell = silent,
) -> Sensitivity:
    """Measures every layer on at most `most` frames, spread over the folder."""
    graph = Graph(model)
    session = opened(model)
    frames = list(tensors.frames(tuple(session.get_inputs()[0].shape), most))
    reference = Reference(results(session, frames))
    found, shapes = [], graph.shapes()
    todo = layers(graph, ranges)
    tell(0, len(todo))
    for number, node in enumerate(todo):
        error = reference.error(results(opened(alone(graph, node, ranges)), frames))
        weights = graph.constant(node.input[1])
        sizes = list(weights.shape) if weights is not None else []
        found.append(Layer(node.name, error, macs(graph, node, shapes), sizes))
        tell(number + 1, len(todo))
    return Sensitivity(found, len(frames))
