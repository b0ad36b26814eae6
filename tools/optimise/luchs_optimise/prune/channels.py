"""Which channels of a model hang together: if one is taken out, in which weights it has to be missing.

Every value [batch, channels, …] has a number for each of its channels. An operator that mixes channels (a dense
convolution) gives new numbers; one that keeps them apart passes them on; where two values are added, their numbers
become one (Fang et al., “DepGraph: Towards Any Structural Pruning”, arXiv 2301.12900). Whatever is not understood keeps
all of its channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx

from ..graph import Graph
from ..graph.edit import attributes

Numbers = np.ndarray[Any, np.dtype[np.int64]]
POINTWISE = frozenset(
    ("Relu", "LeakyRelu", "Elu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus", "Exp", "Identity")
)
SPATIAL = frozenset(("MaxPool", "AveragePool", "GlobalAveragePool", "Resize", "Upsample"))
TOGETHER = frozenset(("Add", "Sub", "Mul", "Div", "Sum", "Max", "Min"))
Use = tuple[str, int]
"""A weight and the axis along which it has channels."""


@dataclass(frozen=True)
class Group:
    """Channels that are in the same weights: the unit of which some are taken out."""

    name: str
    """The first convolution that makes them."""
    channels: Numbers


class Channels:
    """The channels of a model."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._shapes = graph.shapes()
        self._same: list[int] = []
        self._kept: set[int] = set()
        self._values: dict[str, Numbers] = {}
        self._uses: dict[Use, Numbers] = {}
        self._splits: dict[str, list[Numbers]] = {}
        for name in graph.inputs:
            self._keep_new(name)
        for node in graph.nodes:
            self._visit(node)
        for name in graph.outputs:
            self._keep(name)
        self._kept = {self._root(number) for number in self._kept}
        # From here on nothing changes any more, and every value has its final numbers.
        self._values = {name: self._roots(numbers) for name, numbers in self._values.items()}
        self.uses: dict[Use, Numbers] = {use: self._roots(numbers) for use, numbers in self._uses.items()}
        """The channels along an axis of a weight."""
        self.splits: dict[str, list[Numbers]] = {
            name: [self._roots(part) for part in parts] for name, parts in self._splits.items()
        }
        """The channels of every part, by the name of the sizes' constant."""

    def of(self, value: str) -> Numbers | None:
        """The channels of a value, none if it has no channels."""
        return self._values.get(value)

    @property
    def total(self) -> int:
        """One more than the highest number."""
        return len(self._same)

    def groups(self) -> list[Group]:
        """Those that may be taken out, in the order of the model."""
        member: dict[int, list[Use]] = {}
        for use, numbers in self.uses.items():
            for number in dict.fromkeys(numbers.tolist()):
                member.setdefault(number, []).append(use)
        alike: dict[tuple[Use, ...], list[int]] = {}
        for number in sorted(member):
            if number not in self._kept:
                alike.setdefault(tuple(member[number]), []).append(number)
        made_by = {node.input[1]: node.name for node in reversed(self.graph.nodes) if node.op_type == "Conv"}
        names = [
            next((made_by[weight] for weight, axis in uses if axis == 0 and weight in made_by), "") for uses in alike
        ]
        return [Group(name, np.array(part)) for name, part in zip(names, alike.values(), strict=True) if name]

    def _visit(self, node: onnx.NodeProto) -> None:
        kind = node.op_type
        understood = False
        if kind == "Conv":
            understood = self._conv(node)
        elif kind in POINTWISE or (kind in SPATIAL and self._count(node.input[0]) == self._count(node.output[0])):
            understood = self._passed(node)
        elif kind in TOGETHER:
            understood = self._together(node, constants=True)
        elif kind == "PRelu":
            understood = self._passed(node) and self._constant(node.input[1], node.input[0])
        elif kind == "Concat":
            understood = self._concat(node)
        elif kind == "Split":
            understood = self._split(node)
        if not understood:
            for name in node.input:
                self._keep(name)
            for name in node.output:
                self._keep_new(name)

    def _conv(self, node: onnx.NodeProto) -> bool:
        weights, source = self.graph.constant(node.input[1]), self._values.get(node.input[0])
        if weights is None or source is None:
            return False
        group = attributes(node).get("group", 1)
        if group == 1:
            result = self._use(node.input[1], 0, self._new(len(weights)))
            self._use(node.input[1], 1, source)
        elif group == len(source) == len(weights):
            result = self._use(node.input[1], 0, source)
        else:
            return False
        self._values[node.output[0]] = result
        for bias in node.input[2:]:
            self._use(bias, 0, result)
        return True

    def _passed(self, node: onnx.NodeProto) -> bool:
        source = self._values.get(node.input[0])
        if source is None:
            return False
        self._values[node.output[0]] = source
        return True

    def _together(self, node: onnx.NodeProto, constants: bool) -> bool:
        fed = [name for name in node.input if self.graph.constant(name) is None]
        known = [self._values[name] for name in fed if name in self._values]
        if not fed or len(known) != len(fed) or len({len(numbers) for numbers in known}) != 1:
            return False
        for other in known[1:]:
            self._join(known[0], other)
        if not all(constants and self._constant(name, fed[0]) for name in node.input if name not in fed):
            return False
        self._values[node.output[0]] = known[0]
        return True

    def _constant(self, name: str, beside: str) -> bool:
        """A constant that a value is added to or multiplied with, broadcast from the last axis on."""
        value, rank = self.graph.constant(name), len(self._shapes.get(beside, ()))
        if value is None or rank < 2 or value.ndim > rank:
            return False
        axis = 1 - (rank - value.ndim)
        if axis >= 0 and value.shape[axis] > 1:
            if value.shape[axis] != len(self._values[beside]):
                return False
            self._use(name, axis, self._values[beside])
        return True

    def _concat(self, node: onnx.NodeProto) -> bool:
        rank = len(self._shapes.get(node.output[0], ()))
        known = [self._values[name] for name in node.input if name in self._values]
        if rank < 2 or len(known) != len(node.input):
            return False
        axis = attributes(node)["axis"] % rank
        if axis != 1:
            return axis > 1 and self._together(node, constants=False)
        self._values[node.output[0]] = np.concatenate(known)
        return True

    def _split(self, node: onnx.NodeProto) -> bool:
        sizes = self.graph.constant(node.input[1]) if len(node.input) > 1 else None
        source, rank = self._values.get(node.input[0]), len(self._shapes.get(node.input[0], ()))
        shared = sum(list(other.input).count(node.input[1]) for other in self.graph.nodes) if sizes is not None else 0
        if sizes is None or shared != 1 or source is None or rank < 2:
            return False
        if attributes(node).get("axis", 0) % rank != 1:
            return False
        parts = np.split(source, np.cumsum(sizes)[:-1])
        self._values.update(zip(node.output, parts, strict=True))
        self._splits[node.input[1]] = parts
        return True

    def _use(self, weight: str, axis: int, numbers: Numbers) -> Numbers:
        """Two layers with the same weights have the same channels."""
        if (weight, axis) in self._uses:
            self._join(self._uses[weight, axis], numbers)
        else:
            self._uses[weight, axis] = numbers
        return numbers

    def _new(self, count: int) -> Numbers:
        first = len(self._same)
        self._same += range(first, first + count)
        return np.arange(first, first + count)

    def _keep(self, name: str) -> None:
        self._kept.update(self._values.get(name, np.zeros(0, np.int64)).tolist())

    def _keep_new(self, name: str) -> None:
        if count := self._count(name):
            self._values[name] = self._new(count)
            self._keep(name)

    def _count(self, name: str) -> int:
        shape = self._shapes.get(name, ())
        return shape[1] if len(shape) > 1 else 0

    def _join(self, one: Numbers, other: Numbers) -> None:
        for first, second in zip(one.tolist(), other.tolist(), strict=True):
            low, high = sorted((self._root(first), self._root(second)))
            self._same[high] = low

    def _root(self, number: int) -> int:
        while self._same[number] != number:
            number = self._same[number]
        return number

    def _roots(self, numbers: Numbers) -> Numbers:
        return np.array([self._root(number) for number in numbers.tolist()], np.int64)
