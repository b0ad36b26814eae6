"""The forms that a model is written in; the planner says which ones and with what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import onnx

from ..errors import ModelError
from ..graph.split import Split, costs_nothing, split
from ..graph.stem import blocks_of_four, bytes_in, stem
from ..quantize import Ranges, quantize_qdq
from ..quantize.nhwc import NhwcForm, Pointwise, quantize_nhwc
from ..quantize.qdq import QdqForm
from .description import ranges_as_json
from .material import Camera, Material

Recipe = dict[str, Any]


class Form(Protocol):
    """A way to write a model in eight bits."""

    @property
    def material(self) -> Material:
        """What its ranges are of."""

    @property
    def camera(self) -> Camera | None:
        """Whose bytes it takes; None if it takes what the float model takes."""

    def make(self, ranges: Ranges, exclude: Collection[str]) -> onnx.ModelProto:
        """The model, with those layers in float."""

    def recipe(self, ranges: Ranges, exclude: Sequence[str]) -> Recipe:
        """What `make` does, for the passport."""


@dataclass(frozen=True)
class Qdq:
    """QuantizeLinear and DequantizeLinear around operators."""

    material: Material
    symmetric: bool = False
    camera: Camera | None = None

    def make(self, ranges: Ranges, exclude: Collection[str]) -> onnx.ModelProto:
        """See `Form`."""
        return quantize_qdq(self.material.model, ranges, QdqForm(exclude, self.symmetric))

    def recipe(self, ranges: Ranges, exclude: Sequence[str]) -> Recipe:
        """See `Form`."""
        return {"form": "symmetric" if self.symmetric else "qdq"} | _common(ranges, exclude)


@dataclass(frozen=True)
class Nhwc:
    """Integer operators with channels last; if the camera is known, from its bytes on."""

    whole: onnx.ModelProto
    """The model before the splits."""
    material: Material
    """Of the model after them."""
    camera: Camera | None = None
    splits: tuple[Split, ...] = ()
    pointwise: Pointwise = Pointwise.TABLE
    rounding: bool = False
    """Whether weights are rounded so that results stay, and not to the nearest."""

    def with_stock_operators(self) -> Nhwc:
        """The same without the operator of its own."""
        return replace(self, pointwise=Pointwise.STOCK)

    @cached_property
    def blocks(self) -> tuple[onnx.ModelProto, list[str]]:
        """The float model on the camera's bytes, by blocks of four, and what was done to its stem for that."""
        model, steps = self.whole, list[str]()
        with suppress(ModelError):  # As far as this model's stem allows.
            if self.camera is not None:
                model, steps = bytes_in(model, self.camera.mean, self.camera.std)[0], ["bytes"]
                model, steps = blocks_of_four(model), ["bytes", "blocks"]
        return model, steps

    def prepared(self, exclude: Collection[str]) -> tuple[onnx.ModelProto, list[str]]:
        """The float model in the shape that is quantized. Bytes and blocks are for integer units: a float stem takes
        what the model took, or what was gained would be spent on conversions."""
        model, steps = (self.whole, list[str]()) if stem(self.whole) in exclude else self.blocks
        return split_all(model, self.splits), steps

    def make(self, ranges: Ranges, exclude: Collection[str]) -> onnx.ModelProto:
        """See `Form`."""
        rounding = self.material.rounding if self.rounding else {}
        return quantize_nhwc(self.prepared(exclude)[0], ranges, NhwcForm(exclude, self.pointwise, rounding))

    def recipe(self, ranges: Ranges, exclude: Sequence[str]) -> Recipe:
        """See `Form`."""
        steps = self.prepared(exclude)[1]
        known = {"mean": self.camera.mean, "std": self.camera.std} if self.camera and steps else None
        return {
            "form": "nhwc",
            "pointwise": self.pointwise,
            "rounding": "results" if self.rounding else "nearest",
            "stem": steps,
            "camera": known,
            "splits": [asdict(one) for one in self.splits if not costs_nothing(self.whole, one)],
            "scaled": [asdict(one) for one in self.splits if costs_nothing(self.whole, one)],
        } | _common(ranges, exclude)


def split_all(model: onnx.ModelProto, wanted: Sequence[Split]) -> onnx.ModelProto:
    """The model with those convolutions in two."""
    for one in wanted:
        model = split(model, one)
    return model


def _common(ranges: Ranges, exclude: Sequence[str]) -> Recipe:
    return {"float": sorted(exclude), "ranges": ranges_as_json(ranges)}
