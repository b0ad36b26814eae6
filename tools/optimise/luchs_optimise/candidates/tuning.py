"""How a form is fitted to the frames: by the error of its outputs, and by nothing that knows the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..calibration import Method
from ..progress import Progress
from ..quantize import Ranges
from ..sensitivity import Sensitivity
from .exceptions import smallest
from .forms import Form, Nhwc
from .refine import refine

UNDECIDED = 1.3
"""How far errors may lie apart for both of two roundings to be candidates: a few frames do not tell them apart in mean
average precision. With standard operators YOLOX-Nano loses half a point less if its weights have the rounding whose
error is a quarter more."""


@dataclass(frozen=True)
class Tuned:
    """A form with what suits it best."""

    form: Form
    ranges: Ranges
    method: str
    """How the ranges came about."""
    exclude: tuple[str, ...]
    error: float

    def with_form(self, form: Form) -> Tuned:
        """The same in another form."""
        return replace(self, form=form)


def best_ranges(name: str, form: Form, exclude: Sequence[str], progress: Progress) -> Tuned:
    """With the method that leaves the least error."""
    tell, found = progress.step(f"ranges of {name}"), list[Tuned]()
    for number, method in enumerate(Method):
        tell(number, len(Method))
        ranges = form.material.ranges(method)
        error = form.material.error(form.make(ranges, exclude), form.camera)
        found.append(Tuned(form, ranges, method, tuple(exclude), error))
    tell(len(Method), len(Method))
    return min(found, key=lambda tuned: tuned.error)


def exceptions(name: str, tuned: Tuned, found: Sensitivity, progress: Progress) -> list[str]:
    """Layers that stay float because eight bits do most harm there."""

    def error_with(names: Sequence[str]) -> float:
        return tuned.form.material.error(tuned.form.make(tuned.ranges, names), tuned.form.camera)

    made = progress.whole(f"exceptions of {name}", lambda: smallest(found, tuned.error, error_with))
    return made[0] if made else []


def roundings(name: str, tuned: Tuned, progress: Progress) -> list[Tuned]:
    """With weights rounded to the nearest and so that results stay, the better one first; without the other one if it
    is clearly worse."""
    form = tuned.form
    if not isinstance(form, Nhwc):
        return [tuned]
    other = replace(form, rounding=True)

    def error() -> float:
        return other.material.error(other.make(tuned.ranges, tuned.exclude), other.camera)

    found = progress.whole(f"rounding of {name}", error)
    both = sorted([tuned, replace(tuned, form=other, error=found)], key=lambda one: one.error)
    return [one for one in both if one.error <= UNDECIDED * both[0].error]


def refined(name: str, tuned: Tuned, found: Sensitivity, progress: Progress) -> Tuned:
    """With ranges narrowed where that helps."""
    form = tuned.form

    def error_with(ranges: Ranges) -> float:
        return form.material.error(form.make(ranges, tuned.exclude), form.camera)

    tell = progress.step(f"narrower ranges of {name}")
    ranges = refine(form.material.model, tuned.ranges, found, error_with, tell)
    return replace(tuned, ranges=ranges, method=f"{tuned.method}, refined", error=error_with(ranges))
