"""What flows between operators while a graph is converted: constants, and tensors of the new graph.

TensorFlow's layout is channels last, ONNX's is channels first. A `Tensor` keeps the order in which TensorFlow counts
its axes apart from the order in which the ONNX value holds them: a transpose then changes the bookkeeping and no data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Axes = tuple[int, ...]


@dataclass(frozen=True)
class Constant:
    """Known while converting."""

    array: Array

    @property
    def shape(self) -> Axes:
        """Sizes."""
        return tuple(self.array.shape)


@dataclass(frozen=True)
class Tensor:
    """A value of the ONNX graph."""

    name: str
    shape: Axes
    """Sizes in TensorFlow's order."""
    axes: Axes
    """Axis `i` of the ONNX value is axis `axes[i]` of TensorFlow's."""

    def axis(self, axis: int) -> int:
        """Where the ONNX value has that axis of TensorFlow's."""
        return self.axes.index(axis % len(self.shape))

    def stored(self, values: list[int] | Axes) -> list[int]:
        """One number for each of TensorFlow's axes, put into the order of the ONNX value."""
        return [values[axis] for axis in self.axes]


Value = Constant | Tensor
CHANNELS_FIRST: Axes = (0, 3, 1, 2)


def identity(rank: int) -> Axes:
    """The order of TensorFlow itself."""
    return tuple(range(rank))
