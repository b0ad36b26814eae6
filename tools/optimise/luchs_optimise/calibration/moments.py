"""What the inputs of each convolution look like together: second moments of the patches that it multiplies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx

from ..graph import Graph
from ..graph.check import quantizable
from ..graph.edit import attributes
from ..progress import Tell, silent
from .collect import Frames, observed

Array = np.ndarray[Any, Any]
PATCHES = 192
"""Places of a frame, at random; they overlap less than all of them would, so few tell as much."""


@dataclass(frozen=True)
class Moments:
    """Over patches x of the input, for each group of channels: means of x · xᵀ [groups, k, k] and of x [groups, k]."""

    second: Array
    mean: Array


def moments(model: onnx.ModelProto, tensors: Frames, most: int, tell: Tell = silent) -> dict[str, Moments]:
    """By the name of the convolution. The same frames give the same moments."""
    graph = Graph(model)
    convs = [node for node in graph.nodes if quantizable(graph, node) and _understood(node)]
    names = list(dict.fromkeys(node.input[0] for node in convs))
    session, computed = observed(model, {*names, graph.outputs[0]})
    source = session.get_inputs()[0]
    rng = np.random.default_rng(0)
    second: dict[str, Array] = {}
    first: dict[str, Array] = {}
    count, of = 0, tensors.count(most)
    tell(0, of)
    for frame in tensors.frames(tuple(source.shape), most):
        values = dict(zip(computed, session.run(computed, {source.name: frame}), strict=True)) | {source.name: frame}
        for node in convs:
            patches = _patches(graph, node, values[node.input[0]], rng)
            total = np.einsum("gpi,gpj->gij", patches, patches, optimize=True)
            second[node.name] = second.get(node.name, 0) + total / patches.shape[1]
            first[node.name] = first.get(node.name, 0) + patches.mean(1)
        count += 1
        tell(count, of)
    return {name: Moments(second[name] / count, first[name] / count) for name in second}


def _understood(node: onnx.NodeProto) -> bool:
    return bool(attributes(node).get("auto_pad", b"NOTSET") == b"NOTSET")


def _patches(graph: Graph, node: onnx.NodeProto, value: Array, rng: np.random.Generator) -> Array:
    """[groups, places, channels of a group · height · width], in the order of the weights."""
    known, weights = attributes(node), graph.constant(node.input[1])
    assert weights is not None
    group, (_, inside, high, wide) = known.get("group", 1), weights.shape
    pads, strides = known.get("pads", [0] * 4), known.get("strides", [1, 1])
    dilations = known.get("dilations", [1, 1])
    padded = np.pad(value[0], ((0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    reach = [(size - 1) * step + 1 for size, step in zip((high, wide), dilations, strict=True)]
    places = [(padded.shape[1 + i] - reach[i]) // strides[i] + 1 for i in (0, 1)]
    chosen = min(PATCHES, places[0] * places[1])
    at = rng.choice(places[0] * places[1], chosen, replace=False)
    rows = (at // places[1] * strides[0])[:, None] + np.arange(high) * dilations[0]
    columns = (at % places[1] * strides[1])[:, None] + np.arange(wide) * dilations[1]
    taken = padded[:, rows[:, :, None], columns[:, None, :]]
    return np.asarray(
        taken.reshape(group, inside, chosen, high * wide)
        .transpose(0, 2, 1, 3)
        .reshape(group, chosen, inside * high * wide)
        .astype(np.float32)
    )
