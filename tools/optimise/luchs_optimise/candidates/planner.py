"""Which candidates are made for which device.

Nothing here knows a model: ranges, splits and exceptions are chosen by the error of the outputs on the given frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import onnx

from ..calibration import Method, Tensors
from ..errors import ModelError
from ..graph import Graph
from ..graph.half import half
from ..graph.smaller import resized, spatial, stride
from ..graph.split import Split, costs_nothing
from ..progress import Progress
from ..sensitivity import Sensitivity
from .description import Candidate, needs_table
from .forms import Form, Nhwc, Qdq, split_all
from .material import Camera, Material, Shrunk
from .tuning import Tuned, best_ranges, exceptions, refined, roundings
from .wide import behind, splits


class Target(StrEnum):
    """A kind of device."""

    CPU = "cpu"
    """ONNX Runtime on x86 and ARM."""
    OPENVINO = "openvino"
    TENSORRT = "tensorrt"


CPU, OPENVINO, TENSORRT = Target.CPU, Target.OPENVINO, Target.TENSORRT
NEGLIGIBLE = 0.01
"""Error of all outputs below which no layer is worth an exception or a split."""
PAYS = 0.7
"""What splits have to bring the error down to. Each takes some 3 % of the time, 6 % with standard operators; one that
took a tenth of the error away from YOLOX-Nano could not be seen in its average precision."""
SMALLER = (0.77, 0.62)
"""Sides of smaller pictures: three fifths and two fifths of the work."""
FEWEST_PIXELS = 128


@dataclass(frozen=True)
class Wanted:
    """What a person asked for."""

    targets: frozenset[Target]
    camera: Camera | None = None
    known: Sensitivity | None = None
    frames: int = 32


class Planner:
    """Makes candidates one by one."""

    def __init__(self, model: onnx.ModelProto, tensors: Tensors, wanted: Wanted, progress: Progress) -> None:
        self.model, self.tensors, self.wanted, self.progress = model, tensors, wanted, progress
        self.material = Material(model, tensors, progress, wanted.frames)

    def candidates(self) -> Iterator[Candidate]:
        """All that are wanted, the simple ones first. Nothing is made before all frames were seen to be good."""
        _ = self.material.statistics
        yield Candidate("fp32-clean", self.model, {"form": "float32"}, 0.0, self._for(CPU, OPENVINO, TENSORRT))
        if others := self._for(OPENVINO, TENSORRT):
            made = self.progress.whole("fp16", lambda: half(self.model))
            yield Candidate("fp16", made, {"form": "float16"}, self.material.error(made, None), others)
            for height, width, small in self._smaller():
                recipe = {"form": "float32", "size": [width, height]}
                yield Candidate(f"fp32-{width}x{height}", small, recipe, None, others)
        found = self.wanted.known or self.material.sensitivity()
        if targets := self._for(CPU, OPENVINO):
            yield from self._with_exceptions("int8-qdq", Qdq(self.material), found, targets)
        if targets := self._for(TENSORRT):
            yield from self._with_exceptions("int8-symmetric", Qdq(self.material, symmetric=True), found, targets)
        if targets := self._for(CPU):
            yield from self._nhwc(found, targets)

    def _for(self, *targets: Target) -> list[str]:
        return [target.value for target in targets if target in self.wanted.targets]

    def _with_exceptions(self, name: str, form: Form, found: Sensitivity, targets: list[str]) -> Iterator[Candidate]:
        tuned = best_ranges(name, form, [], self.progress)
        yield self._made(name, tuned, targets)
        if tuned.error >= NEGLIGIBLE and (kept := exceptions(name, tuned, found, self.progress)):
            yield self._made(f"{name}-mixed", replace(tuned, exclude=tuple(kept)), targets)

    def _nhwc(self, found: Sensitivity, targets: list[str]) -> Iterator[Candidate]:
        """With the table operator, with those of the runtime alone, and with the table on smaller pictures."""
        name = "int8-table"
        whole = best_ranges(name, Nhwc(self.model, self.material, self.wanted.camera), [], self.progress)
        kept, wide = list[str](), list[Split]()
        if whole.error >= NEGLIGIBLE:
            kept = exceptions(name, whole, found, self.progress)
            wide = splits(self.model, self.material.statistics, found)
        last = whole
        for suffix, exclude in (("", []), ("-mixed", kept)):
            if suffix and not kept:
                break
            last = self._best_split(name + suffix, whole, exclude, wide)
            if whole.error >= NEGLIGIBLE:
                last = refined(name + suffix, last, found, self.progress)
            last, *others = roundings(name + suffix, last, self.progress)
            yield from self._with_and_without_table(suffix, last, targets)
            for other in others if whole.error >= NEGLIGIBLE else []:
                how = "rounded" if isinstance(other.form, Nhwc) and other.form.rounding else "nearest"
                yield from self._with_and_without_table(f"{suffix}-{how}", other, targets)
        for height, width, small in self._smaller():
            yield self._small(height, width, small, last, targets)

    def _with_and_without_table(self, suffix: str, tuned: Tuned, targets: list[str]) -> Iterator[Candidate]:
        with_table = self._made(f"int8-table{suffix}", tuned, targets)
        if needs_table(with_table.model):
            yield with_table
        form = tuned.form
        if isinstance(form, Nhwc):
            yield self._made(f"int8-nhwc{suffix}", tuned.with_form(form.with_stock_operators()), targets)

    def _best_split(self, name: str, whole: Tuned, exclude: Sequence[str], wide: list[Split]) -> Tuned:
        """With the wide convolutions in two that are in eight bits, if that is better."""
        form = whole.form
        graph = Graph(self.model)
        apart = [one for one in wide if not {one.conv, *behind(graph, one.conv)} & set(exclude)]
        error = self.material.error(form.make(whole.ranges, exclude), form.camera) if exclude else whole.error
        alone = replace(whole, exclude=tuple(exclude), error=error)
        if not apart or not isinstance(form, Nhwc):
            return alone
        model = split_all(self.model, apart)
        material = Material(model, self.tensors, self.progress, self.wanted.frames, f"of {name}, split")
        made = best_ranges(
            f"{name}, split", replace(form, material=material, splits=tuple(apart)), exclude, self.progress
        )
        free = all(costs_nothing(self.model, one) for one in apart)
        return made if made.error < (1 if free else PAYS) * alone.error else alone

    def _small(self, height: int, width: int, small: onnx.ModelProto, full: Tuned, targets: list[str]) -> Candidate:
        form = full.form
        assert isinstance(form, Nhwc)
        frames = Shrunk(self.tensors, (height, width))
        size = f"{width}x{height}"
        material = Material(split_all(small, form.splits), frames, self.progress, self.wanted.frames, size)
        method = Method(full.method.split(",")[0])
        tuned = replace(
            full, form=replace(form, whole=small, material=material), ranges=material.ranges(method), method=method
        )
        made = self._made(f"int8-table-{size}", tuned, targets)
        name = made.name if needs_table(made.model) else f"int8-nhwc-{size}"
        return replace(made, name=name, recipe=made.recipe | {"size": [width, height]})

    def _smaller(self) -> Iterator[tuple[int, int, onnx.ModelProto]]:
        """The model on smaller pictures, if it can be."""
        try:
            step = stride(self.model)
            shape = [size.dim_value for size in self.model.graph.input[0].type.tensor_type.shape.dim]
            sides = [shape[axis] for axis in spatial(tuple(shape))]
            for share in SMALLER:
                height, width = (round(side * share / step) * step for side in sides)
                if min(height, width) >= FEWEST_PIXELS and [height, width] != sides:
                    yield height, width, resized(self.model, height, width)
        except ModelError:
            return  # What is made for one size has no smaller candidates.

    def _made(self, name: str, tuned: Tuned, targets: list[str]) -> Candidate:
        made = self.progress.whole(f"write {name}", lambda: tuned.form.make(tuned.ranges, tuned.exclude))
        error = tuned.form.material.error(made, tuned.form.camera)
        recipe = tuned.form.recipe(tuned.ranges, tuned.exclude) | {"method": tuned.method}
        return Candidate(name, made, recipe, error, targets)
