"""The ONNX graph while it grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .values import Array, Axes, Constant, Tensor, Value, identity

OPSET = 13


class Builder:
    """Takes nodes and constants; the names of inputs and outputs are taken before.

    Every name is made from the TensorFlow operator's, so that the two can be compared.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._names = set(taken)

    def _fresh(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self._names:
            name, count = f"{wanted}_{count}", count + 1
        self._names.add(name)
        return name

    def constant(self, array: Array | np.float32, wanted: str) -> str:
        """Name of a new initializer."""
        name = self._fresh(wanted)
        self.constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def add(self, op: str, inputs: Sequence[str], wanted: str, **attributes: Any) -> str:
        """Name of the output of a new node."""
        name = self._fresh(wanted)
        self.nodes.append(helper.make_node(op, list(inputs), [name], name=name, **attributes))
        return name

    def add_many(self, op: str, inputs: Sequence[str], wanted: str, count: int, **attributes: Any) -> list[str]:
        """Names of the outputs of a new node."""
        names = [self._fresh(f"{wanted}_{index}") for index in range(count)]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=names[0], **attributes))
        return names

    def laid_out(self, value: Value, axes: Axes, wanted: str) -> Tensor:
        """The value with its axes in that order."""
        if isinstance(value, Constant):
            name = self.constant(value.array.transpose(axes), wanted)
            return Tensor(name, value.shape, axes)
        if value.axes == axes:
            return value
        order = [value.axes.index(axis) for axis in axes]
        name = self.add("Transpose", [value.name], f"{value.name}_to_{''.join(map(str, axes))}", perm=order)
        return Tensor(name, value.shape, axes)

    def plain(self, value: Value, wanted: str) -> Tensor:
        """The value in TensorFlow's order."""
        return self.laid_out(value, identity(len(value.shape)), wanted)

    def model(self, name: str, inputs: Sequence[Tensor], outputs: dict[str, Tensor]) -> onnx.ModelProto:
        """The whole graph; `outputs` gives the values their final names."""
        for final, value in outputs.items():
            self.nodes.append(helper.make_node("Identity", [value.name], [final], name=final))

        def info(name: str, value: Tensor) -> onnx.ValueInfoProto:
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, value.stored(value.shape))

        graph = helper.make_graph(
            self.nodes,
            name,
            [info(value.name, value) for value in inputs],
            [info(final, value) for final, value in outputs.items()],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="luchs-optimise")
        model.ir_version = 8
        return model
