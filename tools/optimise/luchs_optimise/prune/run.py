"""From a model and its frames to a narrower model."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx

from ..calibration import Tensors
from ..calibration.moments import Moments, moments
from ..candidates import Candidate, Target
from ..errors import ModelError, UsageError
from ..graph import Graph
from ..graph.check import check
from ..graph.edit import Array
from ..progress import Progress
from ..runtime import opened, results
from ..sensitivity import Reference
from .allocate import Curve, allocate, removed_by, steps_of
from .channels import Channels, Numbers
from .cut import Costs, cut
from .importance import Importance
from .meaning import Meaning
from .restore import restore

HELD = 8
"""Every so manieth frame is not learnt from: how good the result is shows on these."""
MEASURED = 8
"""Frames that the width of each group is tried on."""
SEEN = 32
"""Frames for moments."""
SIGNS = 4
"""Random signs before the outputs, for each frame."""


@dataclass(frozen=True)
class Wanted:
    """What a person asked for."""

    ratio: float
    """The part of all multiplications that shall be gone."""
    steps: int = 1000
    """Of training."""
    batch: int = 4
    """Frames for each step."""
    seconds: float = float("inf")
    """Training ends by then."""
    multiple: int = 8
    """Numbers of channels that are left are multiples of it."""
    frames: int | None = None


class Listed:
    """Frames that were read already."""

    def __init__(self, frames: Sequence[Array]) -> None:
        self._frames = frames

    def count(self, most: int | None = None) -> int:
        """How many frames there are."""
        return len(self._frames) if most is None else min(most, len(self._frames))

    def frames(self, shape: tuple[int, ...], most: int | None = None) -> Iterator[Array]:
        """At most `most` of them, evenly spread."""
        count = self.count(most)
        yield from (self._frames[index * len(self._frames) // count] for index in range(count))


class Pruning:
    """One model, narrower."""

    def __init__(self, model: onnx.ModelProto, tensors: Tensors, wanted: Wanted, progress: Progress) -> None:
        self.model, self.wanted, self.progress = model, wanted, progress
        graph = Graph(model)
        check(graph)
        self.channels = Channels(graph)
        self.groups = [group for group in self.channels.groups() if len(steps_of(group, wanted.multiple)) > 1]
        if not self.groups:
            raise ModelError(
                "no layer can be made narrower: all channels are few, or hang together with an output in a way that "
                "is not understood here; use a smaller model instead"
            )
        shape = tuple(size.dim_value for size in graph.model.graph.input[0].type.tensor_type.shape.dim)
        frames = list(tensors.frames(shape, wanted.frames))
        self.held = frames[HELD // 2 :: HELD]
        self.learnt = [frame for index, frame in enumerate(frames) if index % HELD != HELD // 2]
        self.few = list(Listed(self.learnt).frames(shape, MEASURED))

    def made(self) -> Candidate:
        """Chooses channels, takes them out, trains the rest; the state that is best on the frames held back."""
        costs = Costs(self.channels)
        whole = costs.of(np.zeros(0, np.int64))
        self._possible(costs, whole)
        known = moments(self.model, Listed(self.learnt), SEEN, self.progress.step("moments"))
        curves = self._curves(known)
        taken = allocate(curves, costs.of, whole * (1 - self.wanted.ratio))
        assert taken is not None, "what `_possible` found does not depend on the order of channels"
        removed = removed_by(curves, taken)
        start = restore(cut(self.channels, removed), self.channels, removed, known)
        reference = Reference(results(opened(self.model), self.held))
        before = reference.error(results(opened(start), self.held))
        best, error, training = self._trained(start, removed, reference, before)
        self._same_outputs(best)
        recipe: dict[str, Any] = {
            "form": "pruned",
            "ratio": self.wanted.ratio,
            "macs": [whole, costs.of(removed)],
            "channels": self._widths(curves, taken),
            "multiple": self.wanted.multiple,
            "error before training": before,
            "training": training,
        }
        return Candidate("pruned", best, recipe, error, [target.value for target in Target])

    def _possible(self, costs: Costs, whole: float) -> None:
        """Whether so much can go at all is known before anything is measured."""
        steps = [(group, steps_of(group, self.wanted.multiple)) for group in self.groups]
        least = costs.of(np.concatenate([group.channels[: step[-1]] for group, step in steps])) / whole
        if least > 1 - self.wanted.ratio:
            raise UsageError(
                f"--ratio {self.wanted.ratio:g}: at most {1 - least:.2f} of this model can be taken out with widths "
                f"of multiples of {self.wanted.multiple}; ask for less, or for a smaller --multiple"
            )

    def _curves(self, known: dict[str, Moments]) -> list[Curve]:
        """Each group alone, narrower and narrower, and what that does to the outputs."""
        importance = self._importance()
        reference = Reference(results(opened(self.model), self.few))
        steps = {group.name: steps_of(group, self.wanted.multiple) for group in self.groups}
        of, done, tell = sum(len(step) - 1 for step in steps.values()), 0, self.progress.step("widths")
        curves: list[Curve] = []
        tell(0, of)
        for group in self.groups:
            order = group.channels[np.argsort(importance.of(group.channels), kind="stable")]
            errors = [0.0]
            for count in steps[group.name][1:]:
                made = restore(cut(self.channels, order[:count]), self.channels, order[:count], known)
                errors.append(reference.error(results(opened(made), self.few)))
                done += 1
                tell(done, of)
            curves.append(Curve(group.name, order, steps[group.name], tuple(errors)))
        return curves

    def _importance(self) -> Importance:
        from .student import Student, derivatives  # noqa: PLC0415 (PyTorch is there in its own environment only)

        importance, student = Importance(self.channels), Student(self.model)
        meaning, tell = Meaning(results(opened(self.model), self.few)), self.progress.step("importance")
        tell(0, len(self.few))
        for index, frame in enumerate(self.few):
            for found in derivatives(student, meaning, frame, SIGNS, seed=index):
                importance.add(found)
            tell(index + 1, len(self.few))
        return importance

    def _trained(
        self, start: onnx.ModelProto, removed: Numbers, reference: Reference, before: float
    ) -> tuple[onnx.ModelProto, float, dict[str, Any]]:
        from .student import Student, Training, train  # noqa: PLC0415
        from .teacher import Teacher, junctions  # noqa: PLC0415

        how = Training(self.wanted.steps, self.wanted.batch, seconds=self.wanted.seconds)
        inside = junctions(self.channels)
        teacher, student = Teacher(self.model, self.channels, removed, inside), Student(start)
        student.watch(inside)
        meaning = Meaning([teacher.lesson(frame)[1] for frame in self.few])
        best, error, begin, looked = start, before, time.monotonic(), list[list[float]]()
        lessons = teacher.lessons(self.learnt, how.seed)
        for steps in train(student, meaning, lessons, how, self.progress.step("training")):
            now = student.finished()
            found = reference.error(results(opened(now), self.held))
            looked.append([steps, found])
            if found < error:
                best, error = now, found
        passed = {"seconds": round(time.monotonic() - begin), "errors": looked}
        return best, error, {"steps": how.steps, "batch": how.batch, "rate": how.rate, "seed": how.seed} | passed

    def _widths(self, curves: list[Curve], taken: tuple[int, ...]) -> dict[str, list[int]]:
        pairs = zip(curves, taken, strict=True)
        return {curve.name: [len(curve.order), len(curve.order) - curve.steps[step]] for curve, step in pairs if step}

    def _same_outputs(self, made: onnx.ModelProto) -> None:
        """The same names, order and shapes, or nothing that reads this model can read that one."""
        one, other = opened(self.model), opened(made)
        frame: Array = self.few[0]
        for which, before, after in (
            ("inputs", one.get_inputs(), other.get_inputs()),
            ("outputs", one.get_outputs(), other.get_outputs()),
        ):
            if [value.name for value in before] != [value.name for value in after]:
                raise ModelError(f"the narrower model has other {which}; please report this with the model")
        shapes = [[value.shape for value in results(session, [frame])[0]] for session in (one, other)]
        if shapes[0] != shapes[1]:
            raise ModelError(f"the narrower model's outputs are {shapes[1]}, not {shapes[0]}; please report this")
