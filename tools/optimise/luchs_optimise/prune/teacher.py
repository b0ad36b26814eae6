"""The original as the one to learn from: it is asked about frames that nobody labelled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import onnx
from onnx import helper

from ..graph import Graph
from ..graph.edit import Array
from ..runtime import opened
from ..sensitivity.outputs import rows
from .augment import augment
from .channels import Channels, Numbers

Lesson = tuple[Array, list[Array], dict[str, Array]]
"""A frame, the outputs as [places, channels], and values inside with the channels that are left."""
USERS = frozenset(("Conv", "Concat", "Add", "MaxPool", "Resize"))


def junctions(channels: Channels) -> list[str]:
    """Pictures inside that more than one layer goes on from: what is right there needs no detour to be learnt."""
    graph, shapes = channels.graph, channels.graph.shapes()
    users = graph.consumers()
    return [
        name
        for node in graph.nodes
        for name in node.output
        if len(shapes.get(name, ())) == 4
        and name not in graph.outputs
        and channels.of(name) is not None
        and sum(user.op_type in USERS for user in users.get(name, [])) > 1
    ]


class Teacher:
    """Gives lessons on changed frames, without end."""

    def __init__(self, model: onnx.ModelProto, channels: Channels, removed: Numbers, inside: Sequence[str]) -> None:
        graph = Graph(model)
        self._outputs = len(graph.outputs)
        for name in inside:
            graph.model.graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
        self._session = opened(graph.model)
        self._source = self._session.get_inputs()[0].name
        self._left = {name: ~np.isin(numbers, removed) for name in inside if (numbers := channels.of(name)) is not None}

    def lesson(self, frame: Array) -> Lesson:
        """What the original says about a frame."""
        found = self._session.run(None, {self._source: frame})
        inside = zip(self._left.items(), found[self._outputs :], strict=True)
        return frame, [rows(value) for value in found[: self._outputs]], {n: v[:, left] for (n, left), v in inside}

    def lessons(self, frames: Sequence[Array], seed: int) -> Iterator[Lesson]:
        """Every frame as often as the others, in random order, each time changed in another way."""
        rng = np.random.default_rng(seed)
        while True:
            for index in rng.permutation(len(frames)):
                yield self.lesson(augment(frames[index], rng))
