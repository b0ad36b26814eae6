"""The graph while it grows, and in which forms each value is there.

A value can be float or bytes, and its channels can come first (as the model has it) or last (as integer kernels want
it). Other forms are made when someone asks for them, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import helper, numpy_helper

from ...calibration import Range
from ..plan import Ranges

MICROSOFT = "com.microsoft"
Array = np.ndarray[Any, Any]


class Form(NamedTuple):
    """How a value is there."""

    integer: bool
    last: bool


PLAIN = Form(integer=False, last=False)
FLOAT_LAST = Form(integer=False, last=True)
BYTES = Form(integer=True, last=True)
BYTES_FIRST = Form(integer=True, last=False)
SUFFIX = {PLAIN: "", FLOAT_LAST: "/last", BYTES: "/u8", BYTES_FIRST: "/u8_first"}


class Writer:
    """Nodes, constants, and the names of the forms of each value of the original graph."""

    def __init__(self, ranges: Ranges, shapes: dict[str, tuple[int, ...]]) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self.ranges = dict(ranges)
        self.shapes = shapes
        self._forms: dict[str, dict[Form, str]] = {}

    def constant(self, name: str, array: Any) -> str:
        """Name of a constant, made once."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.asarray(array, order="C"), name)
        return name

    def add(self, op: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: Any) -> str:
        """A node with one output."""
        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, domain=domain, **attributes))
        return output

    def steps(self, value: str, factor: float = 1.0) -> list[str]:
        """Scale and zero point; of the value before it was multiplied with `factor`."""
        used: Range = self.ranges[value]
        name = f"{value}/scale" if factor == 1 else f"{value}/scale/unscaled"
        scale = self.constant(name, np.array(used.scale / factor, np.float32))
        return [scale, self.constant(f"{value}/zero", np.array(used.zero, np.uint8))]

    def has(self, value: str, form: Form) -> bool:
        """Whether the value is there in that form already."""
        return form in self._forms.get(value, {})

    def put(self, value: str, form: Form, name: str) -> None:
        """Says that `name` is the value in that form."""
        self._forms.setdefault(value, {})[form] = name

    def name(self, value: str, form: Form) -> str:
        """What a new node calls the value in that form."""
        return value + SUFFIX[form]

    def get(self, value: str, form: Form) -> str:
        """The value in that form, converted if need be. Bytes are transposed rather than floats."""
        there = self._forms[value]
        if form in there:
            return there[form]
        turned = Form(form.integer, not form.last)
        other = Form(not form.integer, form.last)
        if turned in there:
            made = self._transposed(value, there[turned], form)
        elif other in there:
            made = self._converted(value, there[other], form)
        elif form.integer:
            made = self._transposed(value, self.get(value, turned), form)
        else:
            made = self._converted(value, self.get(value, other), form)
        self.put(value, form, made)
        return made

    def _transposed(self, value: str, source: str, form: Form) -> str:
        rank = len(self.shapes[value])
        last = [0, *range(2, rank), 1]
        first = [0, rank - 1, *range(1, rank - 1)]
        return self.add("Transpose", [source], self.name(value, form), perm=last if form.last else first)

    def _converted(self, value: str, source: str, form: Form) -> str:
        op = "QuantizeLinear" if form.integer else "DequantizeLinear"
        return self.add(op, [source, *self.steps(value)], self.name(value, form))
